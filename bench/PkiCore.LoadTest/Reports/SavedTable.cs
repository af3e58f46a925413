using System.Text.Json;

namespace PkiCore.LoadTest.Reports;

/// <summary>What a command of <c>PkiCore.Benchmarks</c> has saved: the lines of its table as it printed them, and the figures behind them.</summary>
/// <param name="Date">When, in UTC.</param>
/// <param name="Machine">Processor, system and runtime.</param>
/// <param name="Rows">Cells by the names of their columns.</param>
/// <param name="Figures">By the names of what was measured.</param>
/// <param name="Certificates">How many there were.</param>
internal sealed record SavedTable(
    string Date, string Machine, IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> Rows, IReadOnlyDictionary<string, JsonElement> Figures, long? Certificates = null)
{
    /// <summary>The first row that has such a cell.</summary>
    public IReadOnlyDictionary<string, JsonElement> Row(string text) =>
        Rows.FirstOrDefault(row => row.Values.Any(cell => cell.ToString() == text)) ?? throw new InvalidDataException($"The results of {Date} have no row '{text}'.");

    /// <summary>A cell; a target that there is none for is empty.</summary>
    public static string Cell(IReadOnlyDictionary<string, JsonElement> row, string column) =>
        row.TryGetValue(column, out JsonElement cell) ? cell.ToString() : throw new InvalidDataException($"A row has no '{column}'.");

    /// <summary>Empty where there is no target.</summary>
    public static string Verdict(IReadOnlyDictionary<string, JsonElement> row) =>
        Cell(row, "target").Length == 0 ? "" : row["isMet"].GetBoolean() ? "met" : "MISSED";
}
