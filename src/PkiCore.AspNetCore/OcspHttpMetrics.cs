using System.Diagnostics.Metrics;
using PkiCore.Serving;

namespace PkiCore.AspNetCore;

/// <summary>How long requests take, and how many are refused, on the meter <c>PkiCore.AspNetCore</c>. Nothing is measured while nobody listens.</summary>
internal sealed class OcspHttpMetrics
{
    public const string MeterName = "PkiCore.AspNetCore";

    private static readonly string[] s_outcomes = Enum.GetNames<OcspOutcome>();

    private readonly Histogram<double> _duration;
    private readonly Counter<long> _refused;
    private readonly TimeProvider _timeProvider;

    public OcspHttpMetrics(IMeterFactory meterFactory, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        Meter meter = meterFactory.Create(MeterName);
        _refused = meter.CreateCounter<long>("pkicore.ocsp.request.refused", "{request}", "Requests that HTTP itself did not let through, by status.");
        _duration = meter.CreateHistogram(
            "pkicore.ocsp.request.duration",
            "s",
            "From the request's headers to the reply.",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] });
    }

    /// <summary>A request got a status of HTTP instead of a reply.</summary>
    public void Refused(int status) => _refused.Add(1, new KeyValuePair<string, object?>("status", status));

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
