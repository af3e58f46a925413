using System.Text;
using PkiCore.Asn1;
using PkiCore.Crl.Reading;
using PkiCore.X509;

namespace PkiCore.Crl;

/// <summary>The scope of a CRL: IssuingDistributionPoint (RFC 5280 5.2.5). Two are equal when their encodings are.</summary>
public sealed record IssuingDistributionPoint
{
    private const byte UserCerts = 0x81;
    private const byte CACerts = 0x82;
    private const byte SomeReasons = 0x83;
    private const byte Indirect = 0x84;
    private const byte AttributeCerts = 0x85;

    /// <summary>Makes one that says nothing yet: to be written it has to say something.</summary>
    public IssuingDistributionPoint()
    {
    }

    /// <summary>A copy is about to be changed: it has no encoding yet, and of its names it keeps the URIs.</summary>
    private IssuingDistributionPoint(IssuingDistributionPoint original)
    {
        Uris = original.Uris;
        OnlyContainsUserCerts = original.OnlyContainsUserCerts;
        OnlyContainsCACerts = original.OnlyContainsCACerts;
        OnlyContainsAttributeCerts = original.OnlyContainsAttributeCerts;
        OnlySomeReasons = original.OnlySomeReasons;
        IsIndirect = original.IsIndirect;
    }

    /// <summary>The URIs of distributionPoint.fullName: byte for byte one of those in the certificates. Names of other kinds are not among them.</summary>
    public IReadOnlyList<string> Uris { get; init; } = [];

    /// <summary>Whether the CRL is about certificates of end entities only.</summary>
    public bool OnlyContainsUserCerts { get; init; }

    /// <summary>Whether the CRL is about certificates of authorities only.</summary>
    public bool OnlyContainsCACerts { get; init; }

    /// <summary>Whether the CRL is about attribute certificates only, which conforming authorities do not issue (RFC 5280 5.2.5).</summary>
    public bool OnlyContainsAttributeCerts { get; internal init; }

    /// <summary>The reasons that the CRL covers; <see langword="null"/> when it covers all.</summary>
    public ReasonFlags? OnlySomeReasons { get; init; }

    /// <summary>Whether the CRL may have entries for certificates of other issuers.</summary>
    public bool IsIndirect { get; init; }

    /// <summary>The DER as it was read; empty for one that was made here.</summary>
    internal ReadOnlyMemory<byte> Encoded { get; private init; }

    /// <summary>Whether distributionPoint is there, with names of any kind.</summary>
    internal bool HasDistributionPoint { get; private init; }

    /// <inheritdoc/>
    public bool Equals(IssuingDistributionPoint? other) =>
        ReferenceEquals(this, other) || (other is not null && GetEncoding().Span.SequenceEqual(other.GetEncoding().Span));

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(GetEncoding().Span);
        return hash.ToHashCode();
    }

    /// <summary>Reads the value of the extension.</summary>
    /// <returns>What is wrong with it; <see langword="null"/> when nothing is.</returns>
    internal static string? TryRead(ReadOnlySpan<byte> encoded, out IssuingDistributionPoint? point)
    {
        point = null;
        var outer = new DerReader(encoded);
        if (!outer.TryReadSequence(out DerReader fields) || !outer.IsEmpty)
        {
            return "it is not one SEQUENCE";
        }

        if (fields.IsEmpty)
        {
            return "it is empty"; // RFC 5280 5.2.5
        }

        var uris = new List<string>();
        bool hasName = fields.HasTag(DistributionPointName.Tag);
        if (hasName && !DistributionPointName.TryRead(ref fields, uris))
        {
            return "its distributionPoint is malformed";
        }

        ReasonFlags? reasons = null;
        if (!TryReadFlag(ref fields, UserCerts, out bool userCerts) || !TryReadFlag(ref fields, CACerts, out bool caCerts)
            || !TryReadReasons(ref fields, ref reasons)
            || !TryReadFlag(ref fields, Indirect, out bool indirect) || !TryReadFlag(ref fields, AttributeCerts, out bool attributeCerts)
            || !fields.IsEmpty)
        {
            return "a field is malformed or out of place"; // an encoded FALSE, too (X.690 11.5)
        }

        if ((userCerts ? 1 : 0) + (caCerts ? 1 : 0) + (attributeCerts ? 1 : 0) > 1)
        {
            return "more than one of onlyContainsUserCerts, onlyContainsCACerts and onlyContainsAttributeCerts is TRUE";
        }

        point = new IssuingDistributionPoint
        {
            Uris = uris,
            OnlyContainsUserCerts = userCerts,
            OnlyContainsCACerts = caCerts,
            OnlyContainsAttributeCerts = attributeCerts,
            OnlySomeReasons = reasons,
            IsIndirect = indirect,
            HasDistributionPoint = hasName,
            Encoded = encoded.ToArray(),
        };
        return null;
    }

    /// <summary>The DER as it was read, or as it has to be written; defaults are left out (X.690 11.5).</summary>
    internal ReadOnlyMemory<byte> GetEncoding()
    {
        if (!Encoded.IsEmpty)
        {
            return Encoded;
        }

        byte[] names = [.. Uris.SelectMany(uri => Wrap(GeneralNames.Uri, Encoding.ASCII.GetBytes(uri)))];
        byte[] fields =
        [
            .. names.Length == 0 ? [] : Wrap(DistributionPointName.Tag, Wrap(DistributionPointName.FullName, names)),
            .. Flag(UserCerts, OnlyContainsUserCerts),
            .. Flag(CACerts, OnlyContainsCACerts),
            .. OnlySomeReasons is { } reasons ? Wrap(SomeReasons, EncodeReasons(reasons)) : [],
            .. Flag(Indirect, IsIndirect),
            .. Flag(AttributeCerts, OnlyContainsAttributeCerts),
        ];
        return Wrap(DerTag.Sequence, fields);
    }

    private static bool TryReadFlag(ref DerReader fields, byte tag, out bool value)
    {
        value = fields.HasTag(tag);
        return !value || (fields.TryRead(tag, out ReadOnlySpan<byte> contents) && contents is [0xFF]);
    }

    private static bool TryReadReasons(ref DerReader fields, ref ReasonFlags? reasons)
    {
        if (!fields.HasTag(SomeReasons))
        {
            return true;
        }

        if (!fields.TryRead(SomeReasons, out ReadOnlySpan<byte> contents) || !DistributionPointName.TryReadReasons(contents, out ReasonFlags flags))
        {
            return false;
        }

        reasons = flags;
        return true;
    }

    /// <summary>A named bit list: zeros at the end are left out (X.690 11.2.2).</summary>
    private static byte[] EncodeReasons(ReasonFlags reasons)
    {
        byte[] octets = new byte[2];
        int count = 0;
        for (int bit = 0; bit <= DistributionPointName.LastReason; bit++)
        {
            if (((int)reasons & (1 << bit)) != 0)
            {
                octets[bit / 8] |= (byte)(0x80 >> (bit % 8));
                count = bit + 1;
            }
        }

        int used = (count + 7) / 8;
        return [(byte)((8 * used) - count), .. octets.AsSpan(0, used)];
    }

    private static byte[] Flag(byte tag, bool value) => value ? [tag, 1, 0xFF] : [];

    private static byte[] Wrap(byte tag, ReadOnlySpan<byte> contents)
    {
        byte[] encoded = new byte[DerWriter.GetEncodedLength(contents.Length)];
        new DerWriter(encoded).Write(tag, contents);
        return encoded;
    }
}
