using System.Text;

namespace PkiCore.LoadTest.Reports;

/// <summary>A table whose first column is text, as are those whose heading ends with a blank; all others are numbers.</summary>
/// <param name="headings">Of all columns.</param>
internal sealed class MarkdownTable(params IReadOnlyList<string> headings)
{
    private readonly StringBuilder _rows = new();

    public void Add(params IEnumerable<string> cells) => _rows.Append(Row(cells));

    /// <summary>A line of a table.</summary>
    public static string Row(params IEnumerable<string> cells) => $"| {string.Join(" | ", cells.Select(Escape))} |\n";

    public override string ToString()
    {
        string lines = Row(headings.Select((heading, i) => i == 0 || heading.EndsWith(' ') ? "---" : "--:"));
        return Row(headings.Select(heading => heading.TrimEnd())) + lines + _rows;
    }

    private static string Escape(string cell) => cell.Replace("|", "\\|", StringComparison.Ordinal);
}
