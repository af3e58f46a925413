using System.Numerics;
using PkiCore.Crl.Reading;
using PkiCore.Crl;

namespace PkiCore.Fuzz.Oracles;

/// <summary>An entry as it was read, to keep.</summary>
internal sealed record CrlContentsEntry(byte[] Encoded, byte[] Serial, DateTimeOffset Date, int Reason, DateTimeOffset? InvalidityDate, byte[] Issuer);

/// <summary>A CRL as it was read, to keep.</summary>
internal sealed record CrlContents(
    int Version, byte[] Algorithm, byte[] Issuer, DateTimeOffset ThisUpdate, DateTimeOffset? NextUpdate, BigInteger? Number, BigInteger? BaseNumber, byte[] Signature)
{
    public List<CrlContentsEntry> Entries { get; } = [];

    public IReadOnlyList<CrlExtension> Extensions { get; private init; } = [];

    public IssuingDistributionPoint? DistributionPoint { get; private init; }

    public byte[] AuthorityKeyIdentifier { get; private init; } = [];

    public bool HasAuthorityIssuerAndSerial { get; private init; }

    public IReadOnlyList<string> FreshestCrl { get; private init; } = [];

    public DateTimeOffset? ExpiredCertsOnCrl { get; private init; }

    public string? UnsupportedCriticalExtension { get; private set; }

    public static CrlContents Of(CrlReader reader)
    {
        var contents = new CrlContents(
            reader.Version, reader.AlgorithmIdentifier.ToArray(), reader.IssuerName.ToArray(), reader.ThisUpdate, reader.NextUpdate, reader.Number,
            reader.BaseNumber, reader.Signature.ToArray())
        {
            Extensions = reader.Extensions.All,
            DistributionPoint = reader.DistributionPoint,
            AuthorityKeyIdentifier = reader.AuthorityKeyIdentifier.ToArray(),
            HasAuthorityIssuerAndSerial = reader.Extensions.HasAuthorityIssuerAndSerial,
            FreshestCrl = reader.FreshestCrl,
            ExpiredCertsOnCrl = reader.ExpiredCertsOnCrl,
        };
        while (reader.TryRead(out CrlEntry entry))
        {
            contents.Entries.Add(new CrlContentsEntry(
                entry.Encoded.ToArray(), entry.SerialNumber.ToArray(), entry.RevocationDate, (int)entry.Reason, entry.InvalidityDate, entry.CertificateIssuer.ToArray()));
        }

        contents.UnsupportedCriticalExtension = reader.UnsupportedCriticalExtension;
        return contents;
    }

    public bool HasSame(CrlContents other) =>
        Entries.Count == other.Entries.Count && UnsupportedCriticalExtension == other.UnsupportedCriticalExtension
        && Entries.Zip(other.Entries).All(pair => pair.First.Encoded.AsSpan().SequenceEqual(pair.Second.Encoded) && pair.First.Issuer.AsSpan().SequenceEqual(pair.Second.Issuer));
}
