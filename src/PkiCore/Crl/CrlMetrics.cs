using System.Diagnostics.Metrics;

namespace PkiCore.Crl;

/// <summary>The metrics of a publisher of CRLs, on the meter <c>PkiCore</c>.</summary>
internal sealed class CrlMetrics : IDisposable
{
    private static readonly KeyValuePair<string, object?> s_complete = KeyValuePair.Create<string, object?>("kind", "complete");
    private static readonly KeyValuePair<string, object?> s_delta = KeyValuePair.Create<string, object?>("kind", "delta");

    private readonly Meter _meter;
    private readonly Counter<long> _refused;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _changeToPublished;
    private readonly KeyValuePair<string, object?> _issuer;
    private readonly TimeProvider _timeProvider;
    private CrlGauges? _gauges;

    public CrlMetrics(IMeterFactory? meterFactory, string issuer, TimeProvider timeProvider)
    {
        _issuer = KeyValuePair.Create<string, object?>("issuer", issuer);
        _timeProvider = timeProvider;
        _meter = meterFactory?.Create("PkiCore") ?? new Meter("PkiCore");
        _refused = _meter.CreateCounter<long>("pkicore.crl.refused", "{publication}", "Publications that failed or were refused; what was published before stays.");
        _duration = _meter.CreateHistogram("pkicore.crl.publish.duration", "s", "Time that a publication took.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60] });
        _changeToPublished = _meter.CreateHistogram("pkicore.crl.change_to_published", "s", "Time from a change of status to the first CRL that tells of it.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.1, 1, 5, 10, 60, 300, 3600, 21600, 86400] });
    }

    public void Published(TimeSpan duration) => _duration.Record(duration.TotalSeconds, _issuer);

    public void Refused() => _refused.Add(1, _issuer);

    public void ChangeIsPublished(TimeSpan duration, bool isDelta) => _changeToPublished.Record(Math.Max(0, duration.TotalSeconds), _issuer, isDelta ? s_delta : s_complete);

    /// <summary>Tells of a publisher's health from now on: one that could not start never does.</summary>
    public void Observe(Func<CrlHealth> getHealth)
    {
        _gauges = CrlGauges.Of(_meter);
        _gauges.Add(this, new ObservedPublisher(_issuer, getHealth, _timeProvider));
    }

    /// <summary>A meter of a factory goes on without its publisher, and another publisher of the same issuer may follow: from now on nothing is told, and nothing kept.</summary>
    public void Dispose()
    {
        _gauges?.Remove(this);
        _meter.Dispose();
    }
}
