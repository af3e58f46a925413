using System.Diagnostics.Metrics;

namespace PkiCore.Responder.Telemetry;

/// <summary>The bucket bounds of a histogram: what its author advises, else those of the OpenTelemetry specification.</summary>
internal static class HistogramBounds
{
    private static readonly double[] s_seconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private static readonly double[] s_other = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];

    public static double[] For(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice: { } advice } => Clean(advice.HistogramBucketBoundaries, value => value),
        Histogram<long> { Advice: { } advice } => Clean(advice.HistogramBucketBoundaries, value => value),
        Histogram<int> { Advice: { } advice } => Clean(advice.HistogramBucketBoundaries, value => value),
        Histogram<float> { Advice: { } advice } => Clean(advice.HistogramBucketBoundaries, value => value),
        Histogram<decimal> { Advice: { } advice } => Clean(advice.HistogramBucketBoundaries, value => (double)value),
        Histogram<short> { Advice: { } advice } => Clean(advice.HistogramBucketBoundaries, value => value),
        Histogram<byte> { Advice: { } advice } => Clean(advice.HistogramBucketBoundaries, value => value),
        _ => null,
    } ?? (instrument.Unit is null or "" or "s" ? s_seconds : s_other);

    // +Inf is a bucket of every histogram already; twice is an error to Prometheus.
    private static double[]? Clean<T>(IReadOnlyList<T>? bounds, Func<T, double> convert) =>
        bounds is null ? null : [.. bounds.Select(convert).Where(double.IsFinite).Distinct().Order()];
}
