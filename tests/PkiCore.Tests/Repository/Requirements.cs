using System.Text;

namespace PkiCore.Tests.Repository;

/// <summary>A row of tests/requirements.tsv.</summary>
internal sealed record Requirement(string Id, string Level, string Title, string NotCovered)
{
    private const string Partly = "partly: ";

    public bool IsMandatory => Level is "M" or "MN";

    /// <summary>Must a test name this row? BR and MZ rows bind the CA that configures the responder, and are listed only.</summary>
    public bool NeedsTest =>
        IsMandatory && (NotCovered.Length == 0 || NotCovered.StartsWith(Partly, StringComparison.Ordinal))
        && !Id.StartsWith("BR-", StringComparison.Ordinal) && !Id.StartsWith("MZ-", StringComparison.Ordinal);
}

internal static class Requirements
{
    public const string Catalogue = "tests/requirements.tsv";
    public const string Page = "docs/conformance.md";

    public static IReadOnlyList<Requirement> Read() => Parse(File.ReadAllLines(Checkout.PathOf(Catalogue)));

    public static IReadOnlyList<Requirement> Parse(IEnumerable<string> lines) =>
        [.. lines.Where(line => line.Length > 0 && line[0] != '#').Select(ParseLine)];

    public static string BuildPage(IReadOnlyList<Requirement> requirements, ILookup<string, string> tests)
    {
        var page = new StringBuilder("""
            # Conformance

            Written by `ConformanceTests` from the `[Requirement]` attributes on the tests and from `tests/requirements.tsv`;
            `PKICORE_UPDATE=1` rewrites it. Levels: M must, MN must not, S should, SN should not, O may, G good practice, - explanation.
            OR, OX: requests. RS, ST, RX: answers (RFC 6960, 9654, 9919). HT, HC: HTTP and caching. BR: CA/Browser Forum TLS BR.
            MZ: Mozilla root store policy. T: mistakes that others made.

            | ID | level | subject | tests |
            |---|---|---|---|

            """);
        foreach (Requirement row in requirements)
        {
            IEnumerable<string> cells = tests[row.Id].Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(name => $"`{name}`");
            if (row.NotCovered.Length > 0)
            {
                cells = cells.Append($"not covered: {row.NotCovered}");
            }

            page.Append("| ").Append(row.Id).Append(" | ").Append(row.Level).Append(" | ").Append(row.Title.Replace("|", "\\|", StringComparison.Ordinal))
                .Append(" | ").AppendJoin("<br>", cells).Append(" |\n");
        }

        return page.ToString().ReplaceLineEndings("\n");
    }

    private static Requirement ParseLine(string line)
    {
        string[] cells = line.Split('\t');
        return cells.Length is 3 or 4
            ? new Requirement(cells[0], cells[1], cells[2], cells.Length > 3 ? cells[3].Trim() : "")
            : throw new InvalidDataException($"{Catalogue}: {line}: not 3 or 4 cells");
    }
}
