using System.Diagnostics.Metrics;
using PkiCore.Signing;

namespace PkiCore.Serving;

/// <summary>The metrics of a responder, on the meter <c>PkiCore</c>. What happens per request is counted in plain fields and read when somebody asks.</summary>
internal sealed class ResponderMetrics : IDisposable
{
    public const string MeterName = "PkiCore";

    private const int Padding = 8; // one cache line a counter: requests on different cores count different outcomes

    private static readonly KeyValuePair<string, object?> s_ahead = KeyValuePair.Create<string, object?>("lane", "ahead");
    private static readonly KeyValuePair<string, object?> s_live = KeyValuePair.Create<string, object?>("lane", "live");

    private readonly long[] _answers = new long[Padding * ((int)OcspOutcome.NeedsSignature + 1)];
    private readonly Meter _meter;
    private readonly Histogram<double> _signingDuration;
    private readonly Histogram<double> _changeToLive;
    private readonly Histogram<double> _snapshotDuration;
    private readonly TimeProvider _timeProvider;
    private long _signedAhead;
    private long _signedLive;
    private long _signingFailed;
    private long _shed;

    public ResponderMetrics(IMeterFactory? meterFactory, Func<ResponderHealth> getHealth, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _meter = meterFactory?.Create(MeterName) ?? new Meter(MeterName);
        _meter.CreateObservableCounter("pkicore.ocsp.answers", ObserveAnswers, "{answer}", "Answers by outcome.");
        _meter.CreateObservableCounter("pkicore.ocsp.signatures", ObserveSignatures, "{signature}", "Signatures made, ahead of requests and live.");
        _meter.CreateObservableCounter("pkicore.ocsp.signature_failures", () => Volatile.Read(ref _signingFailed), "{failure}", "Signatures that could not be made or did not verify.");
        _meter.CreateObservableCounter("pkicore.ocsp.live.shed", () => Volatile.Read(ref _shed), "{request}", "Requests for a live signature that got tryLater: the queue was full, the rate at its limit or the time over.");
        _meter.CreateObservableGauge("pkicore.ocsp.live.queue", () => Each(getHealth(), issuer => (double)issuer.LiveQueueLength), "{request}", "Requests that wait for a live signature.");
        _meter.CreateObservableGauge("pkicore.ocsp.certificates", () => ObserveCertificates(getHealth()), "{certificate}", "Certificates by status.");
        _meter.CreateObservableGauge("pkicore.ocsp.unsigned", () => Each(getHealth(), issuer => (double)issuer.WaitingToBeSigned), "{certificate}", "Certificates that wait to be signed ahead.");
        _meter.CreateObservableGauge("pkicore.ocsp.due", () => Each(getHealth(), issuer => (double)issuer.Due), "{certificate}", "Certificates whose answers are to be signed again.");
        _meter.CreateObservableGauge("pkicore.ocsp.late", () => Each(getHealth(), issuer => (double)issuer.Late), "{certificate}", "Certificates that wait a minute too long to be signed ahead, or whose answers have expired.");
        _meter.CreateObservableGauge("pkicore.table.memory", () => Each(getHealth(), issuer => (double)issuer.TableBytes), "By", "Memory that certificates and their signatures take.");
        _meter.CreateObservableGauge("pkicore.table.load_factor", () => Each(getHealth(), issuer => issuer.TableLoadFactor), "1", "How full the index of the table is.");
        _meter.CreateObservableGauge("pkicore.ocsp.watermark_age", () => Each(getHealth(), issuer => Age(issuer.Watermark)), "s", "Time since the source was last read completely.");
        _meter.CreateObservableGauge("pkicore.ocsp.oldest_answer_age", () => Each(getHealth(), issuer => Age(issuer.OldestAnswer)), "s", "Age of the oldest answer in use.");
        _meter.CreateObservableGauge("pkicore.ocsp.signer_expiry", () => Each(getHealth(), issuer => -Age(issuer.SignerNotAfter)), "s", "Time to the end of the signer's validity.");
        _meter.CreateObservableGauge("pkicore.signing.threads_written_off", () => Each(getHealth(), issuer => (double)issuer.ThreadsWrittenOff), "{thread}", "Threads that are stuck in a signer; others have taken over.");
        _signingDuration = _meter.CreateHistogram(
            "pkicore.signing.duration", "s", "Time that a signer took for a signature.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5] });
        _changeToLive = _meter.CreateHistogram(
            "pkicore.ocsp.change_to_live", "s", "Time from a change of status in the table to its signed answer.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300] });
        _snapshotDuration = _meter.CreateHistogram(
            "pkicore.snapshot.duration", "s", "Time that a snapshot took to be written.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60] });
        _meter.CreateObservableGauge("pkicore.ocsp.problems", () => Each(getHealth(), issuer => (double)issuer.Problems.Count), "{problem}", "Problems that need an operator.");
    }

    public void Answered(OcspOutcome outcome) => Interlocked.Increment(ref _answers[Padding * (int)outcome]);

    public void Signed(SigningPriority lane, TimeSpan duration)
    {
        Interlocked.Increment(ref lane == SigningPriority.Live ? ref _signedLive : ref _signedAhead);
        _signingDuration.Record(duration.TotalSeconds, lane == SigningPriority.Live ? s_live : s_ahead);
    }

    public void ChangeIsLive(TimeSpan duration) => _changeToLive.Record(duration.TotalSeconds);

    public void SnapshotWritten(TimeSpan duration) => _snapshotDuration.Record(duration.TotalSeconds);

    public void SigningFailed() => Interlocked.Increment(ref _signingFailed);

    public void Shed() => Interlocked.Increment(ref _shed);

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> ObserveAnswers()
    {
        for (OcspOutcome outcome = OcspOutcome.Good; outcome < OcspOutcome.NeedsSignature; outcome++)
        {
            yield return new Measurement<long>(Volatile.Read(ref _answers[Padding * (int)outcome]), KeyValuePair.Create<string, object?>("outcome", outcome.ToString()));
        }
    }

    private IEnumerable<Measurement<long>> ObserveSignatures() =>
    [
        new(Volatile.Read(ref _signedAhead), s_ahead),
        new(Volatile.Read(ref _signedLive), s_live),
    ];

    private static IEnumerable<Measurement<long>> ObserveCertificates(ResponderHealth health) => health.Issuers.Where(issuer => !issuer.IsAlternate).SelectMany(issuer => new Measurement<long>[]
    {
        new(issuer.Certificates - issuer.Revoked, [.. Tags(issuer), KeyValuePair.Create<string, object?>("status", "good")]),
        new(issuer.Revoked, [.. Tags(issuer), KeyValuePair.Create<string, object?>("status", "revoked")]),
    });

    private static IEnumerable<Measurement<double>> Each(ResponderHealth health, Func<IssuerHealth, double?> read) =>
        from issuer in health.Issuers
        let value = read(issuer)
        where value is not null
        select new Measurement<double>(value.Value, Tags(issuer));

    /// <summary>An alternate signer also has its algorithm.</summary>
    private static KeyValuePair<string, object?>[] Tags(IssuerHealth issuer)
    {
        KeyValuePair<string, object?>[] tags = [KeyValuePair.Create<string, object?>("issuer", issuer.Name), KeyValuePair.Create<string, object?>("key", issuer.Key)];
        return issuer.IsAlternate ? [.. tags, KeyValuePair.Create<string, object?>("algorithm", issuer.Algorithm)] : tags;
    }

    private double? Age(DateTimeOffset? time) => (_timeProvider.GetUtcNow() - time)?.TotalSeconds;
}
