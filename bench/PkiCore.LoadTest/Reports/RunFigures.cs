using System.Text.Json;
using System.Text.Json.Serialization;
using PkiCore.LoadTest.Injection;

namespace PkiCore.LoadTest.Reports;

/// <summary>A run in numbers, as it is kept in files. Times are in milliseconds.</summary>
/// <param name="Asked">Requests per second.</param>
/// <param name="Achieved">Successful answers per second.</param>
/// <param name="Latency">From the time a request was due.</param>
/// <param name="OwnLateness">How late requests went out for which a connection was free: a fault of the tool's or the machine's.</param>
/// <param name="WaitedForConnection">The share of the requests that found no connection free.</param>
/// <param name="Verified">Answers that were looked at in full.</param>
/// <param name="Errors">What went wrong, by name; answers that did not verify included.</param>
internal sealed record RunFigures(
    double Asked, double Achieved, LatencyFigures Latency, LatencyFigures OwnLateness, double WaitedForConnection, long Verified, IReadOnlyDictionary<string, long> Errors)
{
    private const double GoodShare = 0.99;

    /// <summary>A sender that is busier is the limit itself.</summary>
    private const double MostBusy = 0.9;

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static RunFigures Of(RunResult run) => new(
        run.Scenario.Rate,
        run.Achieved,
        LatencyFigures.Of(run.Counters.Latency),
        LatencyFigures.Of(run.Counters.OwnLateness),
        run.Counters.Waited / Math.Max(1.0, run.Counters.Latency.Count),
        run.Verified,
        run.Counters.Errors.Concat(run.VerificationFaults.Select(fault => (Name: fault.Key, Count: fault.Value))).ToDictionary(error => error.Name, error => error.Count, StringComparer.Ordinal))
    {
        SenderBusy = run.Counters.Elapsed == 0 ? 0 : 1 - ((double)run.Counters.Idle / run.Counters.Elapsed),
    };

    /// <summary>The share of its time that the tool's sender was busy, 0 to 1.</summary>
    public double SenderBusy { get; init; }

    /// <summary>Whether the rate was made; times of one that was not are of another load.</summary>
    [JsonIgnore]
    public bool HasMadeRate => Achieved >= GoodShare * Asked;

    /// <summary>The remark on a sender that was the limit; empty where it was not.</summary>
    public static string ToolBound(double senderBusy) => senderBusy > MostBusy ? FormattableString.Invariant($"tool-bound (sender busy {100 * senderBusy:0} %)") : "";

    public string ToJson() => JsonSerializer.Serialize(this, s_json) + "\n";
}

/// <summary>A distribution of times in milliseconds.</summary>
/// <param name="Count">Of how many.</param>
/// <param name="Max">The longest.</param>
/// <param name="Spectrum">The times that shares of them did not exceed, as <see cref="Percents"/> has them.</param>
internal sealed record LatencyFigures(long Count, double Max, IReadOnlyList<double> Spectrum)
{
    /// <summary>What is kept: equal steps on a chart that shows 1 / (1 - share) on a logarithmic axis.</summary>
    public static IReadOnlyList<double> Percents { get; } = [10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.75, 99.9, 99.95, 99.99];

    public double P50 => Spectrum[2];

    public double P95 => Spectrum[5];

    public double P99 => Spectrum[7];

    public double P999 => Spectrum[10];

    public static LatencyFigures Of(LatencyHistogram histogram) =>
        new(histogram.Count, histogram.Max / 1e6, [.. Percents.Select(percent => histogram.Percentile(percent) / 1e6)]);
}
