namespace PkiCore.LoadTest.Reports.Pages;

/// <summary>The table "How fast it is" of the README.</summary>
internal static class SpeedTable
{
    private const string Part = "speed";

    /// <summary>The README with all rows that there are results for; those whose results nobody has saved yet stay as they are.</summary>
    public static string Write(string readme, ResultFiles results)
    {
        string[] before = MarkedText.Read(readme, Part).Split('\n');
        var table = new MarkdownTable("", "PkiCore", "beside ");
        string rows = string.Concat(SpeedRows.All.Select(row => row.Read(results) is { } cells
            ? MarkdownTable.Row(row.Name, cells.Value, cells.Beside)
            : before.Where(line => line.StartsWith($"| {row.Name} |", StringComparison.Ordinal)).Select(line => line + "\n").FirstOrDefault()));
        return MarkedText.Replace(readme, Part, $"{table}{rows}\n");
    }
}
