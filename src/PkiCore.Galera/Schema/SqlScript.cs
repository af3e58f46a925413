namespace PkiCore.Galera.Schema;

/// <summary>Takes a script apart into its statements. It knows comments (<c>--</c> to the end of the line), quotes and semicolons: as much as our own scripts need.</summary>
internal static class SqlScript
{
    /// <summary>The statements in their order, without semicolons and without comments around them.</summary>
    public static IEnumerable<string> Split(string script)
    {
        int start = 0;
        for (int i = 0; i < script.Length; i++)
        {
            if (script[i] is '\'' or '"' or '`')
            {
                i = SkipTo(script, script[i], i + 1);
            }
            else if (script.AsSpan(i).StartsWith("--"))
            {
                i = SkipTo(script, '\n', i);
                start = string.IsNullOrWhiteSpace(WithoutComments(script[start..Math.Min(i + 1, script.Length)])) ? i + 1 : start;
            }
            else if (script[i] == ';')
            {
                yield return script[start..i].Trim();
                start = i + 1;
            }
        }

        if (start < script.Length && WithoutComments(script[start..]).Trim() is { Length: > 0 })
        {
            yield return script[start..].Trim();
        }
    }

    private static int SkipTo(string script, char end, int from)
    {
        int found = script.IndexOf(end, from);
        return found < 0 ? script.Length : found;
    }

    private static string WithoutComments(string text) =>
        string.Join('\n', text.Split('\n').Where(line => !line.TrimStart().StartsWith("--", StringComparison.Ordinal)));
}
