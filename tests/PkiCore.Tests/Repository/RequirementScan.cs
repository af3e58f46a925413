using System.Text.RegularExpressions;

namespace PkiCore.Tests.Repository;

/// <summary>One [Requirement] as found in a source file: on which test, or on which class of tests.</summary>
internal sealed record ProvenRequirement(string Id, string Test, string Place, bool IsOnTest);

/// <summary>Finds [Requirement] attributes in the sources of all test projects.</summary>
/// <remarks>
/// In the sources and not by reflection: the tests live in several assemblies, and one test assembly must not load another only
/// to list its attributes.
/// </remarks>
internal static partial class RequirementScan
{
    public static IEnumerable<ProvenRequirement> Find(SourceFile file)
    {
        // Without comments but with strings: the IDs are strings. Code has the same length and no strings: declarations are sought there.
        string text = CSharpText.Blank(file.Text, keepStrings: true);
        Match[] types = [.. TypePattern().Matches(file.Code).Cast<Match>()];
        foreach (Match attribute in AttributePattern().Matches(text))
        {
            if (file.Code[attribute.Index] == ' ')
            {
                continue; // inside a string
            }

            string place = $"{file.Path}:{file.LineAt(attribute.Index)}";
            Match declaration = DeclarationPattern().Match(file.Code, attribute.Index + attribute.Length);
            string name = declaration.Groups["name"].Value;
            bool isType = declaration.Groups["type"].Success;
            string test = isType ? name : $"{EnclosingType(types, attribute.Index)}.{name}";
            bool isOnTest = isType || FactPattern().IsMatch(AttributesAround(file.Code, attribute.Index, declaration.Index));
            foreach (Match id in IdPattern().Matches(attribute.Groups["ids"].Value))
            {
                yield return new ProvenRequirement(id.Groups["id"].Value, test, place, isOnTest && declaration.Success);
            }
        }
    }

    private static string EnclosingType(Match[] types, int index) =>
        types.LastOrDefault(type => type.Index < index)?.Groups["name"].Value ?? "?";

    /// <summary>What stands between the end of the member before and the declaration.</summary>
    private static string AttributesAround(string code, int attribute, int declaration)
    {
        int start = code.LastIndexOfAny(['{', '}', ';'], attribute) + 1;
        return declaration > start ? code[start..declaration] : "";
    }

    [GeneratedRegex(@"\bRequirement(Attribute)?\s*\((?<ids>[^)]*)\)(?=\s*[,\]])", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex AttributePattern();

    [GeneratedRegex(@"""(?<id>[^""]*)""", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex IdPattern();

    // The first type or method after the attribute: other attributes have no modifier in front of their name.
    [GeneratedRegex(
        @"\b(public|internal|private|protected)\s[^\[({;=]*?(?<type>\b(class|record|struct)\s+)?(?<name>\w+)\s*(?=[<({:]|$)",
        RegexOptions.ExplicitCapture,
        10_000)]
    private static partial Regex DeclarationPattern();

    [GeneratedRegex(@"\b(class|record|struct)\s+(?<name>\w+)", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex TypePattern();

    [GeneratedRegex(@"[\[,]\s*(Fact|Theory)\b", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex FactPattern();
}
