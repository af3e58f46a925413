using System.Globalization;
using System.Text;
using PkiCore.Galera.Cluster;

namespace PkiCore.Responder.Commands;

/// <summary>A view of a cluster as a table.</summary>
internal static class GaleraStatusText
{
    public static IReadOnlyList<string> Columns { get; } = ["node", "state", "size", "behind", "round trip", "clock", "flush", "version", "read"];

    /// <summary>The cells of a node; empty where it did not say.</summary>
    public static IReadOnlyList<string> Row(ClusterView view, NodeView node) =>
    [
        node.Node.Name,
        node.State.ToString(),
        Text(node.ClusterSize),
        Text(node.Lag),
        node.RoundTrip is { } trip ? string.Create(CultureInfo.InvariantCulture, $"{trip.TotalMilliseconds:0.0} ms") : "",
        node.ClockOffset is { } offset ? string.Create(CultureInfo.InvariantCulture, $"{offset.TotalMilliseconds:+0.0;-0.0;0.0} ms") : "",
        node.FlushLogAtCommit is { } flush ? flush == 1 ? "1" : string.Create(CultureInfo.InvariantCulture, $"{flush} (!)") : "",
        node.Version,
        view.Nearest?.Node == node.Node ? "yes" : "",
    ];

    /// <summary>The table in plain text, with what is wrong below.</summary>
    public static string Describe(ClusterView view)
    {
        IReadOnlyList<string>[] rows = [Columns, .. view.Nodes.Select(node => Row(view, node))];
        int[] widths = [.. Enumerable.Range(0, Columns.Count).Select(column => rows.Max(row => row[column].Length))];
        var text = new StringBuilder();
        foreach (IReadOnlyList<string> row in rows)
        {
            text.AppendLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }

        return text.Append(Problems(view)).ToString();
    }

    /// <summary>What is wrong, a line each.</summary>
    public static string Problems(ClusterView view)
    {
        var text = new StringBuilder();
        string?[] problems = [view.Problem, view.ClockProblem, .. view.Nodes.Select(node => node.Problem), .. view.Nodes.Where(node => node.FlushLogAtCommit is not (null or 1)).Select(FlushProblem)];
        foreach (string problem in problems.OfType<string>().Distinct(StringComparer.Ordinal))
        {
            text.AppendLine(problem);
        }

        return text.ToString();
    }

    private static string FlushProblem(NodeView node) =>
        $"{node.Node.Name}: innodb_flush_log_at_trx_commit is {Text(node.FlushLogAtCommit)}: when all nodes lose power at once, the last second of revocations is lost; set it to 1";

    private static string Text(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
