using System.Diagnostics.CodeAnalysis;
using PkiCore.Asn1;

namespace PkiCore.Crl.Reading;

/// <summary>All of a CRL but its entries (RFC 5280 5.1): what stands in front of them and what stands behind, kept as it was read.</summary>
internal sealed class CrlFrame
{
    private const int MaxName = 64 << 10;
    private const int MaxAlgorithm = 4 << 10;
    private const int MaxExtensions = 1 << 20;
    private const int MaxSignature = 64 << 10;

    /// <summary>Two headers, version, algorithm, name, two times, and the header of the entries, amply.</summary>
    private const int MaxHead = MaxName + MaxAlgorithm + 256;

    private readonly CrlSource _source;
    private long _start; // of tbsCertList
    private long _end; // of tbsCertList

    private CrlFrame(CrlSource source) => _source = source;

    /// <summary>The start of tbsCertList, to the first entry.</summary>
    public ReadOnlyMemory<byte> Head { get; private set; }

    /// <summary>The end of tbsCertList, from the last entry: crlExtensions.</summary>
    public ReadOnlyMemory<byte> EncodedExtensions { get; private set; }

    /// <summary>The offset of the first entry.</summary>
    public long EntriesStart { get; private set; }

    /// <summary>The offset behind the last entry.</summary>
    public long EntriesEnd { get; private set; }

    /// <summary>1 or 2.</summary>
    public int Version { get; private set; }

    public ReadOnlyMemory<byte> IssuerName { get; private set; }

    public DateTimeOffset ThisUpdate { get; private set; }

    public DateTimeOffset? NextUpdate { get; private set; }

    public ReadOnlyMemory<byte> AlgorithmIdentifier { get; private set; }

    public ReadOnlyMemory<byte> Signature { get; private set; }

    public CrlExtensions Extensions { get; private set; } = CrlExtensions.None;

    /// <summary>The length of all that is signed.</summary>
    public long SignedLength => _end - _start;

    /// <exception cref="InvalidDataException">It is not a CRL.</exception>
    public static CrlFrame Read(CrlSource source)
    {
        var frame = new CrlFrame(source);
        byte[] bytes = new byte[Math.Min(source.Length, MaxHead)];
        source.Read(0, bytes);
        frame.ReadOuter(bytes);
        frame.ReadHead(bytes);
        frame.ReadTail();
        return frame;
    }

    private void ReadOuter(ReadOnlySpan<byte> bytes)
    {
        if (!LongHeader.TryRead(bytes, DerTag.Sequence, out LongHeader outer))
        {
            Fail(0, "it does not begin with a SEQUENCE in DER");
        }

        long end = outer.HeaderLength + outer.Length;
        if (end != _source.Length)
        {
            Fail(Math.Min(end, _source.Length), end < _source.Length ? "there are bytes behind the CRL" : $"the CRL is cut off: it has {end} bytes");
        }

        if (!LongHeader.TryRead(bytes[outer.HeaderLength..], DerTag.Sequence, out LongHeader signed))
        {
            Fail(outer.HeaderLength, "tbsCertList is not a SEQUENCE in DER");
        }

        _start = outer.HeaderLength;
        _end = _start + signed.HeaderLength + signed.Length;
        if (_end > end)
        {
            Fail(_start, "tbsCertList is longer than the CRL");
        }

        EntriesStart = _start + signed.HeaderLength; // for now
    }

    private void ReadHead(byte[] bytes)
    {
        int length = (int)Math.Min(bytes.Length, _end);
        var reader = new DerReader(bytes.AsSpan((int)EntriesStart, length - (int)EntriesStart));
        Version = 1;
        if (reader.HasTag(DerTag.Integer))
        {
            if (!reader.TryReadInteger(out ReadOnlySpan<byte> version) || version is not [1])
            {
                Fail(length - reader.Remaining.Length, "the version is encoded and not 1 (v2)"); // v1 is left out (RFC 5280 5.1.2.1)
            }

            Version = 2;
        }

        AlgorithmIdentifier = ReadAlgorithm(ref reader, length - reader.Remaining.Length);
        if (!reader.TryReadEncoded(DerTag.Sequence, out ReadOnlySpan<byte> name) || name.Length > MaxName || !X509.DistinguishedName.IsWellFormed(name))
        {
            Fail(length - reader.Remaining.Length, $"the issuer is not a Name in DER of at most {MaxName >> 10} KiB");
        }

        IssuerName = name.ToArray();
        if (!reader.TryReadTime(out DateTimeOffset thisUpdate))
        {
            Fail(length - reader.Remaining.Length, "thisUpdate is neither UTCTime, through 2049, nor GeneralizedTime, from 2050, with seconds and Z");
        }

        ThisUpdate = thisUpdate;
        if (reader.HasTag(DerTag.UtcTime) || reader.HasTag(DerTag.GeneralizedTime))
        {
            if (!reader.TryReadTime(out DateTimeOffset nextUpdate))
            {
                Fail(length - reader.Remaining.Length, "nextUpdate is neither UTCTime, through 2049, nor GeneralizedTime, from 2050, with seconds and Z");
            }

            NextUpdate = nextUpdate;
        }

        FindEntries(reader.Remaining, length - reader.Remaining.Length);
        Head = bytes.AsMemory((int)_start, (int)(EntriesStart - _start)).ToArray();
    }

    private void FindEntries(ReadOnlySpan<byte> rest, long offset)
    {
        EntriesStart = EntriesEnd = offset;
        if (rest.IsEmpty || rest[0] != DerTag.Sequence)
        {
            return;
        }

        if (!LongHeader.TryRead(rest, DerTag.Sequence, out LongHeader entries) || entries.Length > _end - offset - entries.HeaderLength)
        {
            Fail(offset, "revokedCertificates is not a SEQUENCE in DER inside tbsCertList");
        }

        if (entries.Length == 0)
        {
            Fail(offset, "revokedCertificates is empty, which has to be left out"); // RFC 5280 5.1.2.6
        }

        EntriesStart = offset + entries.HeaderLength;
        EntriesEnd = EntriesStart + entries.Length;
    }

    private void ReadTail()
    {
        if (_end - EntriesEnd > MaxExtensions)
        {
            Fail(EntriesEnd, $"what follows the entries is over {MaxExtensions >> 10} KiB");
        }

        if (_source.Length - _end > MaxAlgorithm + MaxSignature)
        {
            Fail(_end, $"algorithm and signature are over {(MaxAlgorithm + MaxSignature) >> 10} KiB");
        }

        byte[] tail = new byte[_source.Length - EntriesEnd];
        _source.Read(EntriesEnd, tail);
        EncodedExtensions = tail.AsMemory(0, (int)(_end - EntriesEnd));
        if (!EncodedExtensions.IsEmpty)
        {
            string? fault = CrlExtensions.TryRead(EncodedExtensions, out CrlExtensions extensions);
            fault = fault is null && Version == 1 ? "there are extensions, but no version 2" : fault; // RFC 5280 5.1.2.1
            if (fault is not null)
            {
                Fail(EntriesEnd, fault);
            }

            Extensions = extensions;
        }

        var reader = new DerReader(tail.AsSpan(EncodedExtensions.Length));
        if (!ReadAlgorithm(ref reader, _end).AsSpan().SequenceEqual(AlgorithmIdentifier.Span))
        {
            Fail(_end, "signatureAlgorithm is not the same bytes as the algorithm inside tbsCertList"); // RFC 5280 5.1.1.2
        }

        if (!reader.TryReadBitString(out ReadOnlySpan<byte> signature, out int unusedBits) || unusedBits != 0 || !reader.IsEmpty)
        {
            Fail(_source.Length - reader.Remaining.Length, "the signature is not a BIT STRING of whole octets with nothing behind it");
        }

        Signature = signature.ToArray();
    }

    private byte[] ReadAlgorithm(scoped ref DerReader reader, long offset)
    {
        DerReader start = reader;
        if (!reader.TryReadEncoded(DerTag.Sequence, out ReadOnlySpan<byte> encoded) || encoded.Length > MaxAlgorithm
            || !start.TryReadSequence(out DerReader fields) || !fields.TryReadObjectIdentifier(out _)
            || !(fields.IsEmpty || (fields.TryReadEncoded(out _) && fields.IsEmpty)))
        {
            Fail(offset, $"the signature's AlgorithmIdentifier is malformed or over {MaxAlgorithm >> 10} KiB");
        }

        return encoded.ToArray();
    }

    [DoesNotReturn]
    private void Fail(long offset, string what) => throw new InvalidDataException($"{_source.Name}: byte {offset}: {what}.");
}
