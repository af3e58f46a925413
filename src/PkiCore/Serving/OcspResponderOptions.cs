using PkiCore.Ocsp;
using PkiCore.Serving.Storage;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Serving;

/// <summary>What to do with the nonce of a request.</summary>
public enum NoncePolicy
{
    /// <summary>Answer without it, from what was signed ahead (RFC 9919 3.2.1).</summary>
    Ignore,

    /// <summary>Sign a reply for every nonce (RFC 9654).</summary>
    Sign,
}

/// <summary>What to say of a serial number that the source does not know.</summary>
public enum UnknownSerialPolicy
{
    /// <summary>unauthorized, unsigned (RFC 9919 3.2.3).</summary>
    Unauthorized,

    /// <summary>unknown, signed for each request (RFC 6960 2.2).</summary>
    Unknown,

    /// <summary>revoked on hold since 1970, signed for each request with extended-revoke (RFC 6960 4.4.8). Not for public CAs.</summary>
    ExtendedRevoked,
}

/// <summary>Whether answers of a snapshot are served after a start although the source has not been read yet.</summary>
public enum ServeBeforeSync
{
    /// <summary>If the source does not answer for <see cref="OcspResponderOptions.SyncTimeout"/>.</summary>
    Wait,

    /// <summary>Not until it has been read.</summary>
    Never,

    /// <summary>At once.</summary>
    Now,
}

/// <summary>Settings of an <see cref="OcspResponder"/>. They are copied when the responder is made.</summary>
public sealed class OcspResponderOptions
{
    /// <summary>nextUpdate - thisUpdate, cut at the end of the signer's certificate; from a source that tells until when it holds, nextUpdate - producedAt, cut there
    /// too. Default 4 days.</summary>
    public TimeSpan Validity { get; set; } = TimeSpan.FromDays(4);

    /// <summary>The age, from thisUpdate on, at which the first answers are signed again. What was signed together is spread evenly from here to
    /// <see cref="RefreshBy"/>. Default, <see langword="null"/>: 5/16 of <see cref="Validity"/>, at most 2.5 days.</summary>
    public TimeSpan? RefreshAfter { get; set; }

    /// <summary>The age at which the last answers are signed again. Default, <see langword="null"/>: 7/16 of <see cref="Validity"/>, at most 3.5 days: public CAs
    /// have to replace answers before half of a short validity, and within four days (BR 4.9.9), and to sign everything takes a while.</summary>
    public TimeSpan? RefreshBy { get; set; }

    /// <summary>The CertID hashes for which answers are signed ahead; requests by another hash are signed live. Default SHA-1 and SHA-256.</summary>
    public IReadOnlyList<CertIdHash> PreparedHashes { get; set; } = [CertIdHash.Sha1, CertIdHash.Sha256];

    /// <summary>Whether the answers by all <see cref="PreparedHashes"/> are one reply, with a SingleResponse by each in that order and one signature (RFC 9919
    /// 3.2.1); else each is a reply of its own. Default no.</summary>
    public bool CombineHashes { get; set; }

    /// <summary>What to do with a nonce. Default <see cref="NoncePolicy.Ignore"/>.</summary>
    public NoncePolicy Nonce { get; set; }

    /// <summary>What to say of unknown serial numbers. Default <see cref="UnknownSerialPolicy.Unauthorized"/>.</summary>
    public UnknownSerialPolicy UnknownSerial { get; set; }

    /// <summary>How the responder names itself. Default <see cref="ResponderIdKind.ByKey"/>.</summary>
    public ResponderIdKind ResponderId { get; set; }

    /// <summary>Whether the CA/Browser Forum's rules for public CAs are enforced on these settings and on signers' certificates. Default no.</summary>
    public bool PublicCaProfile { get; set; }

    /// <summary>How many certificates one request may ask for, 1 to 40. Default 32.</summary>
    public int MaxCertificatesPerRequest { get; set; } = OcspRequest.DefaultMaxCertificates;

    /// <summary>How old the last complete reading of a source may be for anything new to be signed; one that tells until when it holds counts until
    /// then. Default 15 minutes.</summary>
    public TimeSpan MaxSourceAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How many requests of one issuer are signed live at once, 1 to 1024. Default, <see langword="null"/>: the <see cref="ISigner.Parallelism"/> of a
    /// signer that can use more threads than there are processors, as a device can; else half the processors, at least 1, so that answers signed ahead
    /// keep theirs; the issuers whose keys come from files take turns at that half, unless this is set.</summary>
    public int? LiveConcurrency { get; set; }

    /// <summary>How many requests of one issuer may wait to be signed live; those above get tryLater at once. Default 256.</summary>
    public int LiveQueueLength { get; set; } = 256;

    /// <summary>How many live signatures are made for one issuer in a second on average, and at most at once, 1 to 100000; requests above that get
    /// tryLater at once. Default, <see langword="null"/>: as many as the signer can make. Set it where a device is paid for by the signature, wears
    /// out, or has to leave room for other work.</summary>
    public int? MaxLiveSignaturesPerSecond { get; set; }

    /// <summary>How long a request waits for its live signature before it gets tryLater. Default 2 s.</summary>
    public TimeSpan LiveTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Where a snapshot of each issuer's certificates and signatures is kept, so that a restart need not sign them again; the directory has to be
    /// there. Default none. Nothing in a snapshot is secret, but who can change it can have old answers served: it is written with mode 0600.</summary>
    public string? SnapshotDirectory { get; set; }

    /// <summary>How often a snapshot is written, if anything has changed; once more when the responder stops. Default 15 minutes.</summary>
    public TimeSpan SnapshotInterval { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Whether answers of a snapshot are served before the source was read. Nothing is signed before. Default <see cref="ServeBeforeSync.Wait"/>.</summary>
    public ServeBeforeSync ServeBeforeSync { get; set; }

    /// <summary>How long <see cref="ServeBeforeSync.Wait"/> waits. Default 10 s.</summary>
    public TimeSpan SyncTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Copies the settings and checks them as a whole.</summary>
    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    internal OcspResponderOptions Validated()
    {
        Check();
        Check(SnapshotDirectory is null || Directory.Exists(SnapshotDirectory), nameof(SnapshotDirectory), $"'{SnapshotDirectory}'", "has to be a directory");
        var copy = (OcspResponderOptions)MemberwiseClone();
        copy.PreparedHashes = [.. PreparedHashes.Distinct()];
        return copy;
    }

    /// <summary>Checks the settings as a whole, but for what they say of the file system.</summary>
    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    internal void Check()
    {
        Check(Validity >= TimeSpan.FromMinutes(5) && Validity <= TimeSpan.FromDays(366), nameof(Validity), Validity, "has to be 5 minutes to 366 days");
        Check(EarliestRefresh > TimeSpan.Zero && EarliestRefresh <= LatestRefresh, nameof(RefreshAfter), EarliestRefresh, $"has to be positive and not after {nameof(RefreshBy)}, {LatestRefresh}");
        Check(LatestRefresh < Validity, nameof(RefreshBy), LatestRefresh, $"has to be less than {nameof(Validity)}, {Validity}");
        Check(PreparedHashes.Count > 0 && PreparedHashes.All(Enum.IsDefined), nameof(PreparedHashes), string.Join(',', PreparedHashes), "has to name one hash or more");
        Check(!CombineHashes || PreparedHashes.Distinct().Skip(1).Any(), nameof(CombineHashes), CombineHashes, "takes two or more PreparedHashes");
        Check(Enum.IsDefined(Nonce), nameof(Nonce), Nonce, "has to be one of its values");
        Check(Enum.IsDefined(UnknownSerial), nameof(UnknownSerial), UnknownSerial, "has to be one of its values");
        Check(Enum.IsDefined(ResponderId), nameof(ResponderId), ResponderId, "has to be one of its values");
        Check(MaxCertificatesPerRequest is >= 1 and <= 40, nameof(MaxCertificatesPerRequest), MaxCertificatesPerRequest, "has to be 1 to 40");
        Check(MaxSourceAge > TimeSpan.Zero, nameof(MaxSourceAge), MaxSourceAge, "has to be positive");
        Check(LiveConcurrency is null or (>= 1 and <= 1024), nameof(LiveConcurrency), LiveConcurrency, "has to be 1 to 1024");
        Check(LiveQueueLength is >= 1 and <= 1_000_000, nameof(LiveQueueLength), LiveQueueLength, "has to be 1 to 1000000");
        Check(MaxLiveSignaturesPerSecond is null or (>= 1 and <= 100_000), nameof(MaxLiveSignaturesPerSecond), MaxLiveSignaturesPerSecond, "has to be 1 to 100000");
        Check(LiveTimeout > TimeSpan.Zero && LiveTimeout <= TimeSpan.FromMinutes(1), nameof(LiveTimeout), LiveTimeout, "has to be positive and at most a minute");
        Check(SnapshotInterval >= TimeSpan.FromSeconds(1) && SnapshotInterval <= TimeSpan.FromDays(1), nameof(SnapshotInterval), SnapshotInterval, "has to be 1 second to 1 day");
        Check(Enum.IsDefined(ServeBeforeSync), nameof(ServeBeforeSync), ServeBeforeSync, "has to be one of its values");
        Check(SyncTimeout > TimeSpan.Zero && SyncTimeout <= TimeSpan.FromMinutes(1), nameof(SyncTimeout), SyncTimeout, "has to be positive and at most a minute");
        if (PublicCaProfile)
        {
            // BR 4.9.9: 8 hours to 10 days, both ends counted; BR 7.2.2 forbids the certificateHold of extended-revoke
            Check(Validity >= TimeSpan.FromHours(8) && Validity < TimeSpan.FromDays(10), nameof(Validity), Validity, "has to be 8 hours to under 10 days in the public CA profile");
            TimeSpan latest = Validity < TimeSpan.FromHours(16) ? Validity / 2 : Min(Validity - TimeSpan.FromHours(8), TimeSpan.FromDays(4));
            Check(LatestRefresh < latest, nameof(RefreshBy), LatestRefresh, $"has to be less than {latest} with this {nameof(Validity)} in the public CA profile");
            Check(UnknownSerial != UnknownSerialPolicy.ExtendedRevoked, nameof(UnknownSerial), UnknownSerial, "cannot be this in the public CA profile");
        }
    }

    /// <summary>How many records share a segment of memory, as a power of two: few, for a test that wants many segments.</summary>
    internal int SegmentBits { get; set; } = RecordStore.DefaultSegmentBits;

    internal TimeSpan EarliestRefresh => RefreshAfter ?? Min(Min(Validity * 5 / 16, TimeSpan.FromDays(2.5)), LatestRefresh);

    internal TimeSpan LatestRefresh => RefreshBy ?? Min(Validity * 7 / 16, TimeSpan.FromDays(3.5));

    /// <summary>The most SingleResponses that a reply has.</summary>
    internal int MaxSingleResponses => Math.Max(MaxCertificatesPerRequest, CombineHashes ? PreparedHashes.Count : 1);

    /// <summary>How many requests of one issuer are signed live at once by a signer.</summary>
    internal int GetLiveConcurrency(int parallelism) =>
        LiveConcurrency ?? (parallelism > Environment.ProcessorCount ? parallelism : Math.Max(1, Environment.ProcessorCount / 2));

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static void Check(bool valid, string name, object? value, string rule)
    {
        if (!valid)
        {
            throw new ArgumentException(FormattableString.Invariant($"{name} is {value}: it {rule}."), name);
        }
    }
}
