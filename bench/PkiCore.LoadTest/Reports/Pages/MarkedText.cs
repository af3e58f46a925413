namespace PkiCore.LoadTest.Reports.Pages;

/// <summary>A page of which a program writes parts: what stands between <c>&lt;!-- NAME: generated ... --&gt;</c> and <c>&lt;!-- /NAME --&gt;</c>.</summary>
internal static class MarkedText
{
    /// <param name="page">The page.</param>
    /// <param name="name">Of the part.</param>
    /// <param name="part">What is to be there instead; ends with a line break.</param>
    public static string Replace(string page, string name, string part)
    {
        (int start, int end) = Find(page, name);
        return $"{page[..start]}\n{part}{page[end..]}";
    }

    /// <summary>What is there.</summary>
    public static string Read(string page, string name)
    {
        (int start, int end) = Find(page, name);
        return page[start..end];
    }

    private static (int Start, int End) Find(string page, string name)
    {
        int begin = page.IndexOf($"<!-- {name}: generated", StringComparison.Ordinal);
        int start = begin < 0 ? -1 : page.IndexOf('\n', begin) + 1;
        int end = start <= 0 ? -1 : page.IndexOf($"<!-- /{name} -->", start, StringComparison.Ordinal);
        return end < 0 ? throw new InvalidDataException($"The page has no part '{name}' between '<!-- {name}: generated ... -->' and '<!-- /{name} -->'.") : (start, end);
    }
}
