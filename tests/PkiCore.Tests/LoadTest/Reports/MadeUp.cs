using PkiCore.LoadTest.Reports;
using PkiCore.LoadTest.Reports.Compare;

namespace PkiCore.Tests.LoadTest.Reports;

/// <summary>Results that nobody measured.</summary>
internal static class MadeUp
{
    public static CompareFigures Compare(params IEnumerable<CompareSample> samples) => new("2026-01-02T03:04:05Z", "a machine", "", 729, 3, 3, [.. samples]);

    /// <summary>One sample a turn, on 64 connections that stay open.</summary>
    public static IEnumerable<CompareSample> Turns(string kind, string server, IEnumerable<double> values, Func<CompareSample, double, CompareSample> set) =>
        values.Select((value, i) => set(new CompareSample(kind, i + 1, server, ConnectionMode.KeepAlive, CompareFigures.Connections), value));

    public static IEnumerable<CompareSample> Rates(string server, params IEnumerable<double> rates) =>
        Turns(SampleKind.Saturation, server, rates, (sample, rate) => sample with { RequestsPerSecond = rate, ServerCorePercent = 99, ClientCorePercent = 50, CpuMicrosecondsPerRequest = 11 });

    public static IEnumerable<CompareSample> Costs(string server, params IEnumerable<double> costs) =>
        Turns(SampleKind.Fixed, server, costs, (sample, cost) => sample with { RateAsked = 20_000, RequestsPerSecond = 20_000, CpuMicrosecondsPerRequest = cost });

    public static IEnumerable<CompareSample> Tails(string server, params IEnumerable<double> times) =>
        Turns(SampleKind.Half, server, times, (sample, time) => sample with { RateAsked = 40_000, RequestsPerSecond = 40_000, P50 = time / 8, P95 = time / 2, P99 = time, P999 = time * 3 });

    public static SuiteFigures Suite(params IReadOnlyList<ScenarioFigures> scenarios) => new("2026-01-02", "a machine", "", 80_000, scenarios);

    /// <summary>A scenario with as many turns as there are times, which are p99 in milliseconds.</summary>
    public static ScenarioFigures Scenario(string name, bool isGated, double[] quiet, double[]? beside) => new(
        name,
        $"What {name} does.",
        10_000,
        0.25,
        isGated,
        [.. quiet.Select((time, i) => new TurnFigures(Run(time), beside is null ? null : Run(beside[i]), null, new Dictionary<string, double> { ["done"] = i }))]);

    public static RunFigures Run(double p99) => new(
        20_000,
        20_000,
        new LatencyFigures(100_000, p99 * 20, [.. LatencyFigures.Percents.Select(percent => p99 / (100 - percent))]),
        new LatencyFigures(100_000, 1, [.. LatencyFigures.Percents.Select(_ => 0.01)]),
        0,
        1000,
        new Dictionary<string, long>());
}
