namespace PkiCore.LoadTest.Reports.Pages;

/// <summary>The pages and charts that follow from <c>bench/results</c>.</summary>
internal static class GeneratedPages
{
    /// <param name="root">Where the sources are.</param>
    /// <returns>What each file has to contain, by its path from there.</returns>
    public static IReadOnlyDictionary<string, string> Make(string root)
    {
        var results = new ResultFiles(Path.Combine(root, "bench/results"));
        var pages = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["docs/performance.md"] = PerformancePage.Write(Read("docs/performance.md"), results),
            ["README.md"] = SpeedTable.Write(Read("README.md"), results),
        };
        if (results.Compare is { } compare)
        {
            pages.Add("docs/charts/compare.svg", CompareChart.Draw(compare));
        }

        if (results.Load is { } load)
        {
            pages.Add("docs/charts/load.svg", LoadChart.Draw(load));
        }

        return pages;

        string Read(string path) => File.ReadAllText(Path.Combine(root, path));
    }
}
