using PkiCore.Ocsp;
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

/// <summary>Settings of an <see cref="OcspResponder"/>. They are copied when the responder is made.</summary>
public sealed class OcspResponderOptions
{
    /// <summary>nextUpdate - thisUpdate, cut at the end of the signer's certificate. Answers are signed again shortly before half of it, at the latest after
    /// 3.5 days. Default 4 days.</summary>
    public TimeSpan Validity { get; set; } = TimeSpan.FromDays(4);

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

    /// <summary>How old the last complete reading of a source may be for anything new to be signed. Default 15 minutes.</summary>
    public TimeSpan MaxSourceAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How many requests of one issuer are signed live at once, 1 to 1024. Default, <see langword="null"/>: the <see cref="ISigner.Parallelism"/> of a
    /// signer that can use more threads than there are processors, as a device can; else half the processors, at least 1, so that answers signed ahead
    /// keep theirs.</summary>
    public int? LiveConcurrency { get; set; }

    /// <summary>How many requests of one issuer may wait to be signed live; those above get tryLater at once. Default 256.</summary>
    public int LiveQueueLength { get; set; } = 256;

    /// <summary>How long a request waits for its live signature before it gets tryLater. Default 2 s.</summary>
    public TimeSpan LiveTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Copies the settings and checks them as a whole.</summary>
    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    internal OcspResponderOptions Validated()
    {
        var copy = (OcspResponderOptions)MemberwiseClone();
        copy.PreparedHashes = [.. PreparedHashes.Distinct()];
        Check(Validity >= TimeSpan.FromMinutes(5) && Validity <= TimeSpan.FromDays(366), nameof(Validity), Validity, "has to be 5 minutes to 366 days");
        Check(PreparedHashes.Count > 0 && PreparedHashes.All(Enum.IsDefined), nameof(PreparedHashes), string.Join(',', PreparedHashes), "has to name one hash or more");
        Check(!CombineHashes || PreparedHashes.Distinct().Skip(1).Any(), nameof(CombineHashes), CombineHashes, "takes two or more PreparedHashes");
        Check(Enum.IsDefined(Nonce), nameof(Nonce), Nonce, "has to be one of its values");
        Check(Enum.IsDefined(UnknownSerial), nameof(UnknownSerial), UnknownSerial, "has to be one of its values");
        Check(Enum.IsDefined(ResponderId), nameof(ResponderId), ResponderId, "has to be one of its values");
        Check(MaxCertificatesPerRequest is >= 1 and <= 40, nameof(MaxCertificatesPerRequest), MaxCertificatesPerRequest, "has to be 1 to 40");
        Check(MaxSourceAge > TimeSpan.Zero, nameof(MaxSourceAge), MaxSourceAge, "has to be positive");
        Check(LiveConcurrency is null or (>= 1 and <= 1024), nameof(LiveConcurrency), LiveConcurrency, "has to be 1 to 1024");
        Check(LiveQueueLength is >= 1 and <= 1_000_000, nameof(LiveQueueLength), LiveQueueLength, "has to be 1 to 1000000");
        Check(LiveTimeout > TimeSpan.Zero && LiveTimeout <= TimeSpan.FromMinutes(1), nameof(LiveTimeout), LiveTimeout, "has to be positive and at most a minute");
        if (PublicCaProfile)
        {
            // BR 4.9.9: 8 hours to 10 days, both ends counted; BR 7.2.2 forbids the certificateHold of extended-revoke
            Check(Validity >= TimeSpan.FromHours(8) && Validity < TimeSpan.FromDays(10), nameof(Validity), Validity, "has to be 8 hours to under 10 days in the public CA profile");
            Check(UnknownSerial != UnknownSerialPolicy.ExtendedRevoked, nameof(UnknownSerial), UnknownSerial, "cannot be this in the public CA profile");
        }

        return copy;
    }

    /// <summary>The most SingleResponses that a reply has.</summary>
    internal int MaxSingleResponses => Math.Max(MaxCertificatesPerRequest, CombineHashes ? PreparedHashes.Count : 1);

    /// <summary>How many requests of one issuer are signed live at once by a signer.</summary>
    internal int GetLiveConcurrency(int parallelism) =>
        LiveConcurrency ?? (parallelism > Environment.ProcessorCount ? parallelism : Math.Max(1, Environment.ProcessorCount / 2));

    private static void Check(bool valid, string name, object? value, string rule)
    {
        if (!valid)
        {
            throw new ArgumentException(FormattableString.Invariant($"{name} is {value}: it {rule}."), name);
        }
    }
}
