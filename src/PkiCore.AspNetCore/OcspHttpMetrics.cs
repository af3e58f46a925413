using System.Diagnostics.Metrics;
using PkiCore.Serving;

namespace PkiCore.AspNetCore;

/// <summary>How long requests take, on the meter <c>PkiCore.AspNetCore</c>. Nothing is measured while nobody listens.</summary>
internal sealed class OcspHttpMetrics
{
    public const string MeterName = "PkiCore.AspNetCore";

    private static readonly string[] s_outcomes = Enum.GetNames<OcspOutcome>();

    private readonly Histogram<double> _duration;
    private readonly TimeProvider _timeProvider;

    public OcspHttpMetrics(IMeterFactory meterFactory, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _duration = meterFactory.Create(MeterName).CreateHistogram(
            "pkicore.ocsp.request.duration",
            "s",
            "From the request's headers to the reply.",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] });
    }

    public long Start() => _duration.Enabled ? _timeProvider.GetTimestamp() : 0;

    public void Stop(long start, string method, OcspOutcome outcome)
    {
        if (start != 0)
        {
            _duration.Record(
                _timeProvider.GetElapsedTime(start).TotalSeconds,
                new KeyValuePair<string, object?>("method", method),
                new KeyValuePair<string, object?>("outcome", s_outcomes[(int)outcome]));
        }
    }
}
