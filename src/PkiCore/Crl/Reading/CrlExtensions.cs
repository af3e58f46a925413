using System.Numerics;
using PkiCore.Asn1;
using PkiCore.X509;

namespace PkiCore.Crl.Reading;

/// <summary>One extension, as it stands in the CRL.</summary>
/// <param name="Oid">The contents octets of the object identifier.</param>
/// <param name="IsCritical">Whether it is critical.</param>
/// <param name="Value">The contents of extnValue.</param>
internal readonly record struct CrlExtension(ReadOnlyMemory<byte> Oid, bool IsCritical, ReadOnlyMemory<byte> Value);

/// <summary>What crlExtensions say (RFC 5280 5.2).</summary>
internal sealed class CrlExtensions
{
    /// <summary>More than anybody has; bounds the search for repetitions.</summary>
    private const int MaxCount = 128;

    /// <summary>Three times what RFC 5280 5.2.3 allows; bounds the arithmetic.</summary>
    private const int MaxNumberLength = 64;

    private readonly List<CrlExtension> _all = [];
    private readonly List<string> _freshestCrl = [];

    private CrlExtensions()
    {
    }

    /// <summary>In their order.</summary>
    public IReadOnlyList<CrlExtension> All => _all;

    public BigInteger? Number { get; private set; }

    public BigInteger? BaseNumber { get; private set; }

    public ReadOnlyMemory<byte> AuthorityKeyIdentifier { get; private set; }

    /// <summary>Whether the authority's issuer and serial number are there, with or without the key identifier.</summary>
    public bool HasAuthorityIssuerAndSerial { get; private set; }

    public IssuingDistributionPoint? DistributionPoint { get; private set; }

    public IReadOnlyList<string> FreshestCrl => _freshestCrl;

    public DateTimeOffset? ExpiredCertsOnCrl { get; private set; }

    /// <summary>The first critical extension that is not known.</summary>
    public string? UnsupportedCritical { get; private set; }

    /// <summary>No extensions at all.</summary>
    public static CrlExtensions None { get; } = new();

    /// <summary>Reads <c>[0] EXPLICIT Extensions</c>, whole.</summary>
    /// <returns>What is wrong; <see langword="null"/> when nothing is.</returns>
    public static string? TryRead(ReadOnlyMemory<byte> encoded, out CrlExtensions result)
    {
        result = new CrlExtensions();
        var outer = new DerReader(encoded.Span);
        if (!outer.TryReadConstructed(DerTag.ContextConstructed(0), out DerReader wrapper) || !outer.IsEmpty
            || !wrapper.TryReadSequence(out DerReader list) || !wrapper.IsEmpty)
        {
            return "the extensions are not one SEQUENCE inside [0], with nothing behind them";
        }

        ReadOnlySpan<byte> all = list.Remaining;
        if (all.IsEmpty)
        {
            return "the extensions are empty, which has to be left out"; // RFC 5280 5.1.2.7
        }

        for (int count = 0; !list.IsEmpty; count++)
        {
            if (count == MaxCount)
            {
                return $"there are more than {MaxCount} extensions";
            }

            if (!ExtensionReader.TryRead(ref list, out ReadOnlySpan<byte> oid, out bool critical, out ReadOnlySpan<byte> value))
            {
                return $"extension {count + 1} is malformed";
            }

            string? fault = ExtensionReader.IsRepeated(all, oid, count) ? "is there twice" : result.Take(oid, critical, value);
            if (fault is not null)
            {
                return $"extension {ExtensionReader.Describe(oid)} {fault}";
            }

            result._all.Add(new CrlExtension(oid.ToArray(), critical, value.ToArray()));
        }

        return null;
    }

    private string? Take(ReadOnlySpan<byte> oid, bool critical, ReadOnlySpan<byte> value)
    {
        if (oid.SequenceEqual(ObjectIdentifiers.CrlNumber))
        {
            Number = ReadNumber(value);
            return Number is null ? $"is not a number of 0 or more with at most {MaxNumberLength} octets" : null;
        }

        if (oid.SequenceEqual(ObjectIdentifiers.DeltaCrlIndicator))
        {
            BaseNumber = ReadNumber(value);
            return BaseNumber is null ? $"is not a number of 0 or more with at most {MaxNumberLength} octets" : null;
        }

        if (oid.SequenceEqual(ObjectIdentifiers.IssuingDistributionPoint))
        {
            string? fault = IssuingDistributionPoint.TryRead(value, out IssuingDistributionPoint? point);
            DistributionPoint = point;
            return fault is null ? null : $"is wrong: {fault}";
        }

        if (oid.SequenceEqual(ObjectIdentifiers.AuthorityKeyIdentifier))
        {
            return TryReadAuthorityKeyIdentifier(value) ? null : "is malformed";
        }

        if (oid.SequenceEqual(ObjectIdentifiers.FreshestCrl))
        {
            return DistributionPointName.TryReadPoints(value, _freshestCrl) ? null : "is malformed";
        }

        if (oid.SequenceEqual(ObjectIdentifiers.ExpiredCertsOnCrl))
        {
            var reader = new DerReader(value);
            bool read = reader.TryReadGeneralizedTime(out DateTimeOffset from) && reader.IsEmpty;
            ExpiredCertsOnCrl = read ? from : null;
            return read ? null : "is not a GeneralizedTime with seconds and Z";
        }

        bool isKnown = oid.SequenceEqual(ObjectIdentifiers.IssuerAltName) || oid.SequenceEqual(ObjectIdentifiers.AuthorityInfoAccess);
        UnsupportedCritical ??= critical && !isKnown ? ExtensionReader.Describe(oid) : null;
        return null;
    }

    private static BigInteger? ReadNumber(ReadOnlySpan<byte> value)
    {
        var reader = new DerReader(value);
        return reader.TryReadInteger(out ReadOnlySpan<byte> number, MaxNumberLength) && reader.IsEmpty && number[0] < 0x80
            ? new BigInteger(number, isBigEndian: true)
            : null;
    }

    /// <summary>RFC 5280 4.2.1.1: three fields, all implicit, all optional.</summary>
    private bool TryReadAuthorityKeyIdentifier(ReadOnlySpan<byte> value)
    {
        byte keyIdentifier = DerTag.Context(0);
        byte issuer = DerTag.ContextConstructed(1);
        byte serial = DerTag.Context(2);
        var outer = new DerReader(value);
        if (!outer.TryReadSequence(out DerReader fields) || !outer.IsEmpty)
        {
            return false;
        }

        if (fields.HasTag(keyIdentifier))
        {
            if (!fields.TryRead(keyIdentifier, out ReadOnlySpan<byte> key))
            {
                return false;
            }

            AuthorityKeyIdentifier = key.ToArray();
        }

        HasAuthorityIssuerAndSerial = !fields.IsEmpty;
        return (!fields.HasTag(issuer) || (fields.TryReadConstructed(issuer, out DerReader names) && GeneralNames.AreWellFormed(ref names)))
            && (!fields.HasTag(serial) || (fields.TryRead(serial, out ReadOnlySpan<byte> number) && DerReader.IsMinimalInteger(number)))
            && fields.IsEmpty;
    }
}
