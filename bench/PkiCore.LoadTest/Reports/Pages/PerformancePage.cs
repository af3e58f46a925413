using System.Text.Json;
using PkiCore.LoadTest.Reports.Compare;

namespace PkiCore.LoadTest.Reports.Pages;

/// <summary><c>docs/performance.md</c>: its tables. The words between them are written by people.</summary>
internal static class PerformancePage
{
    private const int Certificates = 10_000_000;

    /// <summary>What explains other lines of the table command rather than being read by itself.</summary>
    private static readonly string[] s_details =
        [": resident before it was filled", ": resident by mapping", ": managed heap", ": every answer read, one in 1,000 verified", ", page cache warm: of these"];

    /// <summary>The page with all parts that there are results for.</summary>
    public static string Write(string page, ResultFiles results)
    {
        page = Add(page, "ratios", results.Table("ratios"), table => Rows(
            table, ["operation", "PkiCore", "other side", "ratio", "range", "bytes/op", "target ", "met? "], ["operation", "pkiCore", "otherSide", "ratio", "range", "bytes"]));
        page = Add(page, "table", results.Table("table"), table => table.Certificates == Certificates
            ? Measures(table)
            : throw new InvalidDataException($"The pages tell of {Certificates} certificates, and the newest table has {table.Certificates}."));
        page = Add(page, "crl", results.Table("crl"), Measures);
        page = Add(page, "signing", results.Table("signing"), Signing);
        page = Add(page, "first-answer", results.Table("first-answer"), Measures);
        page = Add(page, "galera", results.Table("galera"), Measures);
        if (results.Compare is { } compare)
        {
            page = MarkedText.Replace(page, "compare", $"{CompareTables.Write(compare)}\n![Requests per second and processor time per request of all servers](charts/compare.svg)\n\n");
        }

        if (results.Steps is { } steps)
        {
            page = MarkedText.Replace(page, "steps", StepsTable.Write(steps) + "\n");
        }

        if (results.Load is { } load)
        {
            page = MarkedText.Replace(page, "load", $"{ScenarioMarkdown.Write(load)}\n![The p99 of hits in each scenario, quiet and beside it](charts/load.svg)\n\n");
        }

        return page;
    }

    private static string Add(string page, string name, SavedTable? table, Func<SavedTable, string> write) =>
        table is null ? page : MarkedText.Replace(page, name, $"{table.Machine}; {ResultFiles.Day(table.Date)}.\n\n{write(table)}\n");

    private static string Measures(SavedTable table) => Rows(table, ["measure", "value", "target ", "met? "], ["measure", "value"]);

    private static string Signing(SavedTable table)
    {
        string rows = Rows(
            table, ["signer", "PkiCore/s", "C loop/s", "ratio, median", "95 % interval", "bytes/op", "target ", "met? "], ["signer", "pkiCore", "loop", "ratio", "interval", "bytes"]);
        return $"{rows}\n{table.Figures["20 ms per signature"].GetString()}\n";
    }

    /// <param name="table">What was saved.</param>
    /// <param name="headings">Of the columns, with those of the target and of what became of it.</param>
    /// <param name="columns">What they are called in the file, without these two.</param>
    private static string Rows(SavedTable table, IReadOnlyList<string> headings, IReadOnlyList<string> columns)
    {
        var text = new MarkdownTable(headings);
        foreach (IReadOnlyDictionary<string, JsonElement> row in table.Rows)
        {
            if (!s_details.Any(detail => SavedTable.Cell(row, columns[0]).EndsWith(detail, StringComparison.Ordinal)))
            {
                string target = SavedTable.Cell(row, "target");
                text.Add([.. columns.Select(column => SavedTable.Cell(row, column)), target.Length == 0 ? "-" : target, SavedTable.Verdict(row)]);
            }
        }

        return text.ToString();
    }
}
