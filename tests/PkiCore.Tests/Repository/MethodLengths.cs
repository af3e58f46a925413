using System.Text.RegularExpressions;

namespace PkiCore.Tests.Repository;

internal sealed record MemberLength(int Line, int Lines, string Header);

/// <summary>Measures the bodies of methods and properties by matching braces.</summary>
internal static partial class MethodLengths
{
    /// <summary>The members with a body in braces; what is nested in them counts as part of them.</summary>
    public static IEnumerable<MemberLength> Of(SourceFile file)
    {
        var stack = new Stack<(bool IsType, int Header, int Line)>();
        int statement = 0; // where the text before the next brace begins
        for (int i = 0; i < file.Code.Length; i++)
        {
            switch (file.Code[i])
            {
                case ';':
                    statement = i + 1;
                    break;

                case '{':
                    int first = statement;
                    while (first < i && char.IsWhiteSpace(file.Code[first]))
                    {
                        first++;
                    }

                    stack.Push((IsType(file.Code[first..i]), first, file.LineAt(first)));
                    statement = i + 1;
                    break;

                case '}' when stack.TryPop(out (bool IsType, int Header, int Line) open):
                    statement = i + 1;
                    bool isMember = !open.IsType && (stack.Count == 0 || stack.Peek().IsType);
                    string header = file.Code[open.Header..file.Code.IndexOf('{', open.Header)].Trim();
                    if (isMember && !InitializerPattern().IsMatch(PreludePattern().Replace(header, "")))
                    {
                        yield return new MemberLength(open.Line, file.LineAt(i) - open.Line + 1, header);
                    }

                    break;
            }
        }
    }

    private static bool IsType(string header)
    {
        header = PreludePattern().Replace(header, "");
        int constraints = header.IndexOf(" where ", StringComparison.Ordinal);
        return TypePattern().IsMatch(constraints < 0 ? header : header[..constraints]);
    }

    // Directives and attributes in front of a declaration.
    [GeneratedRegex(@"^(\s*(#.*\n|\[[^\[\]]*(\[[^\[\]]*\][^\[\]]*)*\]))+", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex PreludePattern();

    // ref struct parameters and the like are inside parentheses, which a type keyword never follows.
    [GeneratedRegex(@"^[^(]*\b(class|struct|interface|record|enum|namespace|extension)\b", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex TypePattern();

    // A field with an initializer in braces is data, not code.
    [GeneratedRegex(@"^(?!.*\boperator\b)([^(]*[^(=!<>])?=(?![=>])", RegexOptions.ExplicitCapture | RegexOptions.Singleline, 10_000)]
    private static partial Regex InitializerPattern();
}
