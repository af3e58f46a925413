using System.Globalization;
using System.Text;
using PkiCore.LoadTest.Injection;

namespace PkiCore.LoadTest.Reports;

/// <summary>Results as a Markdown table, one column for each run.</summary>
internal static class RunReport
{
    private static readonly (string Name, double Percent)[] s_percentiles = [("p50", 50), ("p75", 75), ("p90", 90), ("p95", 95), ("p99", 99), ("p99.9", 99.9)];

    /// <param name="result">The run against the target.</param>
    /// <param name="floor">The same against a server that does as little as possible.</param>
    public static string Write(RunResult result, RunResult? floor)
    {
        Scenario scenario = result.Scenario;
        RunResult[] runs = floor is null ? [result] : [result, floor];
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Scenario: {scenario.Target}, ramp {Seconds(scenario.Ramp)}, inject to warm up {Seconds(scenario.WarmUp)}, keep {scenario.Rate:N0}/s for {Seconds(scenario.Duration)}; {scenario.Connections} connections, {scenario.Threads} sender thread(s), {scenario.GetShare:P0} GET, CertID by {scenario.Hash}, Zipf {scenario.Zipf}, seed {scenario.Seed}.{(result.IsCancelled ? " Ended early." : "")}");
        text.AppendLine("Latency in milliseconds, from the time a request was due.");
        text.AppendLine();
        AppendRow(text, "", ["target", .. runs.Skip(1).Select(run => $"floor (nginx, one file){(run.IsCancelled ? ", ended early" : "")}")]);
        AppendRow(text, "---", runs.Select(_ => "--:"));
        Add("asked, requests/s", run => Number(run.Scenario.Rate));
        Add("achieved, requests/s", run => $"{Number(run.Achieved)} ({run.Achieved / run.Scenario.Rate:P1})");
        foreach ((string name, double percent) in s_percentiles)
        {
            Add(name, run => Milliseconds(run.Counters.Latency.Percentile(percent)));
        }

        Add("max", run => Milliseconds(run.Counters.Latency.Max));
        Add("from sending: p50 / p99 / max", run => Summary(run.Counters.FromSent));
        Add("waited for a connection", run => Share(run.Counters.Waited, run));
        Add("own lateness: p50 / p99 / max", run => Summary(run.Counters.OwnLateness));
        Add("sent over 1 ms late by this tool", run => Share(run.Counters.OwnLateness.CountFrom(1_000_000), run));
        Add("sender threads busy", run => $"{1 - (run.Counters.Idle / Math.Max(1.0, run.Counters.Elapsed)):P0}");
        Add("bytes sent / received", run => $"{run.Counters.BytesSent:N0} / {run.Counters.BytesReceived:N0}");
        Add("verified", run => run.Scenario.VerifyEvery == 0 ? "off" : $"{run.Verified:N0}{(run.NotVerified > 0 ? $" ({run.NotVerified:N0} more were due, but the verifier was busy)" : "")}");
        Add("did not verify", run => List(run.VerificationFaults.OrderBy(fault => fault.Key, StringComparer.Ordinal).Select(fault => (fault.Key, fault.Value))));
        Add("errors", run => List(run.Counters.Errors));
        return text.ToString();

        void Add(string name, Func<RunResult, string> value) => AppendRow(text, name, runs.Select(value));
    }

    private static void AppendRow(StringBuilder text, string name, IEnumerable<string> cells) =>
        text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {string.Join(" | ", cells)} |");

    private static string Summary(LatencyHistogram histogram) =>
        $"{Milliseconds(histogram.Percentile(50))} / {Milliseconds(histogram.Percentile(99))} / {Milliseconds(histogram.Max)}";

    private static string Share(long count, RunResult run) => $"{count / Math.Max(1.0, run.Counters.Latency.Count):P2}";

    private static string List(IEnumerable<(string Name, long Count)> counts) =>
        string.Join(", ", counts.Select(count => $"{count.Name} {count.Count:N0}").DefaultIfEmpty("none"));

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Milliseconds(long nanoseconds) => (nanoseconds / 1e6).ToString("N3", CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds} s");
}
