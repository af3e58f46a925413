namespace PkiCore.Benchmarks;

/// <summary>A line of the table.</summary>
/// <param name="Measure">What was measured.</param>
/// <param name="Value">What it came to.</param>
/// <param name="Target">What it has to reach; <see langword="null"/> when it is only told.</param>
/// <param name="IsMet">Whether it does.</param>
internal sealed record TableRow(string Measure, string Value, string? Target = null, bool IsMet = true);

/// <summary>Prints the lines as they come.</summary>
/// <param name="judges">Whether a target can be missed; in a short run none can.</param>
internal sealed class TableReport(bool judges)
{
    private readonly List<TableRow> _rows = [];

    public IReadOnlyList<TableRow> Rows => _rows;

    public bool HasMissed => judges && _rows.Exists(row => !row.IsMet);

    public static void Begin()
    {
        Console.WriteLine("| measure | value | target | met? |");
        Console.WriteLine("|---|--:|---|---|");
    }

    public void Add(params IEnumerable<TableRow> rows)
    {
        foreach (TableRow row in rows)
        {
            _rows.Add(row);
            string verdict = row.Target is null ? "" : !judges ? "not judged" : row.IsMet ? "met" : "MISSED";
            Console.WriteLine($"| {row.Measure} | {row.Value} | {row.Target ?? "-"} | {verdict} |");
        }
    }
}
