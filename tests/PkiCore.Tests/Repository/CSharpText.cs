using System.Text;

namespace PkiCore.Tests.Repository;

/// <summary>Just enough knowledge of C# to find braces and names without being misled by strings and comments.</summary>
/// <remarks>The Roslyn that can be restored here is older than the language version in use, so it cannot parse the sources.</remarks>
internal static class CSharpText
{
    /// <summary>The same text with strings, characters and comments overwritten by spaces; line breaks stay where they are.</summary>
    public static string Blank(string source, bool keepStrings = false)
    {
        var result = new StringBuilder(source);
        for (int i = 0; i < source.Length;)
        {
            int end = source.AsSpan(i) switch
            {
                ['/', '/', ..] => EndOf(source, "\n", i),
                ['/', '*', ..] => EndOf(source, "*/", i + 2),
                ['\'', ..] => EndOfQuoted(source, i, '\''),
                ['"' or '$' or '@', ..] => EndOfString(source, i),
                _ => i,
            };

            if (end == i)
            {
                i++;
                continue;
            }

            bool isComment = source[i] == '/';
            for (; i < end; i++)
            {
                if (source[i] is not ('\r' or '\n') && (isComment || !keepStrings))
                {
                    result[i] = ' ';
                }
            }
        }

        return result.ToString();
    }

    private static int EndOf(string source, string terminator, int from)
    {
        int at = source.IndexOf(terminator, from, StringComparison.Ordinal);
        return at < 0 ? source.Length : at + terminator.Length;
    }

    private static int EndOfQuoted(string source, int start, char quote)
    {
        for (int i = start + 1; i < source.Length; i++)
        {
            if (source[i] == '\\')
            {
                i++;
            }
            else if (source[i] == quote)
            {
                return i + 1;
            }
        }

        return source.Length;
    }

    /// <summary>The end of a string of any kind that begins at its prefix or quote; the start itself if there is no string.</summary>
    private static int EndOfString(string source, int start)
    {
        int i = start;
        while (i < source.Length && source[i] is '$' or '@')
        {
            i++;
        }

        int dollars = source.AsSpan(start, i - start).Count('$');
        bool verbatim = source.AsSpan(start, i - start).Contains('@');
        int quotes = CountRun(source, i, '"');
        if (quotes == 0)
        {
            return start; // @name
        }

        if (quotes >= 3)
        {
            return EndOf(source, new string('"', quotes), i + quotes);
        }

        return EndOfPlainString(source, i, verbatim, dollars > 0);
    }

    private static int EndOfPlainString(string source, int open, bool verbatim, bool interpolated)
    {
        int i = open + 1;
        while (i < source.Length)
        {
            char c = source[i];
            bool doubled = i + 1 < source.Length && source[i + 1] == c;
            if (c == '\\' && !verbatim)
            {
                i += 2;
            }
            else if (c == '"' && !(verbatim && doubled))
            {
                return i + 1;
            }
            else if (c == '{' && interpolated && !doubled)
            {
                i = EndOfHole(source, i);
            }
            else
            {
                i += doubled && (c == '"' || (c == '{' && interpolated)) ? 2 : 1;
            }
        }

        return source.Length;
    }

    /// <summary>The end of an interpolation hole, which may hold strings of its own.</summary>
    private static int EndOfHole(string source, int open)
    {
        int depth = 0;
        for (int i = open; i < source.Length;)
        {
            int end = source[i] is '"' or '$' or '@' ? EndOfString(source, i) : source[i] == '\'' ? EndOfQuoted(source, i, '\'') : i;
            if (end > i)
            {
                i = end;
                continue;
            }

            depth += source[i] == '{' ? 1 : source[i] == '}' ? -1 : 0;
            i++;
            if (depth == 0)
            {
                return i;
            }
        }

        return source.Length;
    }

    private static int CountRun(string source, int from, char c)
    {
        int i = from;
        while (i < source.Length && source[i] == c)
        {
            i++;
        }

        return i - from;
    }
}
