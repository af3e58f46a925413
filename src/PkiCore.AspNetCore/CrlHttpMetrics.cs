using System.Diagnostics.Metrics;

namespace PkiCore.AspNetCore;

/// <summary>What a request for a CRL came to.</summary>
internal enum CrlHttpOutcome
{
    Whole,
    Part,
    NotModified,
    NotFound,
    Refused,
    Aborted,
    Failed,
}

/// <summary>How many CRLs are asked for, how long that takes, and how much is sent, on the meter of <see cref="OcspHttpMetrics"/>.</summary>
internal sealed class CrlHttpMetrics
{
    private static readonly string[] s_outcomes = Enum.GetNames<CrlHttpOutcome>();

    private readonly Histogram<double> _duration;
    private readonly Counter<long> _sent;
    private readonly TimeProvider _timeProvider;

    public CrlHttpMetrics(IMeterFactory? meterFactory, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
#pragma warning disable CA2000 // Dispose objects before losing scope: a factory owns it, or it lives as long as the application
        Meter meter = meterFactory?.Create(OcspHttpMetrics.MeterName) ?? new Meter(OcspHttpMetrics.MeterName);
#pragma warning restore CA2000
        _sent = meter.CreateCounter<long>("pkicore.crl.sent", "By", "Bytes of CRLs sent.");
        _duration = meter.CreateHistogram(
            "pkicore.crl.request.duration",
            "s",
            "From the request's headers to the end of the reply.",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800] });
    }

    public long Start() => _duration.Enabled ? _timeProvider.GetTimestamp() : 0;

    public void Stop(long start, CrlHttpOutcome outcome, long sent)
    {
        _sent.Add(sent);
        if (start != 0)
        {
            _duration.Record(_timeProvider.GetElapsedTime(start).TotalSeconds, new KeyValuePair<string, object?>("outcome", s_outcomes[(int)outcome]));
        }
    }
}
