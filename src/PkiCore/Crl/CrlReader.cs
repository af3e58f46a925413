using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using PkiCore.Asn1;
using PkiCore.Crl.Reading;
using PkiCore.X509;

namespace PkiCore.Crl;

/// <summary>
/// Reads a CRL (RFC 5280 5) of any size entry by entry, in DER and nothing laxer. All but the entries is known at once: the lengths say
/// where it stands. For one thread.
/// </summary>
/// <remarks>
/// The bytes are those of an authority only when <see cref="Verify"/> says so; and a CRL with an <see cref="UnsupportedCriticalExtension"/>
/// must not be used (RFC 5280 5.2), which can show as late as at the last entry.
/// Reading an entry allocates nothing.
/// </remarks>
public sealed partial class CrlReader : IDisposable
{
    private const int MaxEntry = 64 << 10;
    private const int BufferLength = 256 << 10;

    private readonly CrlSource _source;
    private readonly CrlFrame _frame;
    private readonly CrlHash? _hash;
    private readonly bool _isVersion1;
    private byte[] _buffer = []; // none before the first entry: many readers want no entries
    private int _start; // in the buffer: what has not been read
    private int _end;
    private long _loaded; // in the CRL: what has been put into the buffer ends here
    private byte[] _certificateIssuer;
    private int _certificateIssuerLength;

    /// <summary>Reads the beginning and the end of a CRL.</summary>
    /// <param name="stream">Seekable, with the CRL in DER from its position to its end. It is not disposed.</param>
    /// <exception cref="InvalidDataException">It is not a CRL in DER; the message says where and why.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public CrlReader(Stream stream)
        : this(SourceOf(stream))
    {
    }

    private CrlReader(CrlSource source)
    {
        _source = source;
        _frame = CrlFrame.Read(source);
        _isVersion1 = _frame.Version == 1;
        Algorithm = SignatureAlgorithm.Find(_frame.AlgorithmIdentifier.Span);
        UnsupportedCriticalExtension = _frame.Extensions.UnsupportedCritical;
        _loaded = _frame.EntriesStart;
        _certificateIssuer = _frame.IssuerName.ToArray();
        _certificateIssuerLength = _certificateIssuer.Length;
        _hash = CrlHash.Create(Algorithm, _frame.SignedLength, _frame.Head);
    }

    /// <summary>The length of the CRL in DER.</summary>
    public long Length => _source.Length;

    /// <summary>The DER of the issuer's Name.</summary>
    public ReadOnlyMemory<byte> IssuerName => _frame.IssuerName;

    /// <summary>When the CRL was issued.</summary>
    public DateTimeOffset ThisUpdate => _frame.ThisUpdate;

    /// <summary>When the next one comes at the latest, if the CRL says so.</summary>
    public DateTimeOffset? NextUpdate => _frame.NextUpdate;

    /// <summary>The encoded AlgorithmIdentifier of the signature.</summary>
    public ReadOnlyMemory<byte> AlgorithmIdentifier => _frame.AlgorithmIdentifier;

    /// <summary>The algorithm of the signature; <see langword="null"/> when it is not known here.</summary>
    public SignatureAlgorithm? Algorithm { get; }

    /// <summary>The signature.</summary>
    public ReadOnlyMemory<byte> Signature => _frame.Signature;

    /// <summary>The CRL number (RFC 5280 5.2.3).</summary>
    public BigInteger? Number => _frame.Extensions.Number;

    /// <summary>The number of the CRL to which a delta CRL adds (RFC 5280 5.2.4).</summary>
    public BigInteger? BaseNumber => _frame.Extensions.BaseNumber;

    /// <summary>Whether this is a delta CRL: it says nothing without the one it adds to.</summary>
    public bool IsDelta => BaseNumber is not null;

    /// <summary>The identifier of the key that signed; empty when there is none.</summary>
    public ReadOnlyMemory<byte> AuthorityKeyIdentifier => _frame.Extensions.AuthorityKeyIdentifier;

    /// <summary>The scope; <see langword="null"/> when it is all certificates of the issuer.</summary>
    public IssuingDistributionPoint? DistributionPoint => _frame.Extensions.DistributionPoint;

    /// <summary>The URIs at which delta CRLs are published (RFC 5280 5.2.6).</summary>
    public IReadOnlyList<string> FreshestCrl => _frame.Extensions.FreshestCrl;

    /// <summary>Certificates that expired since then are still listed (ITU-T X.509, expiredCertsOnCRL).</summary>
    public DateTimeOffset? ExpiredCertsOnCrl => _frame.Extensions.ExpiredCertsOnCrl;

    /// <summary>The object identifier of a critical extension that is not known; with <c>entry: </c> in front, and not before the entry is read, that of one in an entry. Such a CRL must not be used.</summary>
    public string? UnsupportedCriticalExtension { get; private set; }

    /// <summary>How many entries were read so far.</summary>
    public long EntryCount { get; private set; }

    /// <summary>1 or 2.</summary>
    internal int Version => _frame.Version;

    /// <summary>All extensions, whether known or not.</summary>
    internal CrlExtensions Extensions => _frame.Extensions;

    /// <summary>The length of revokedCertificates' contents.</summary>
    internal long EntriesLength => _frame.EntriesEnd - _frame.EntriesStart;

    /// <summary>Opens a file, in DER or PEM. Of several PEM blocks the first is read. PEM is decoded into memory, at most 256 MiB of it.</summary>
    /// <param name="path">The file. It may be replaced while it is read, but not written to.</param>
    /// <exception cref="InvalidDataException">It is not a CRL; the message says where and why.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static CrlReader Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        CrlSource source = CrlSource.Open(path);
        try
        {
            return new CrlReader(source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next entry.</summary>
    /// <returns><see langword="false"/> at the end.</returns>
    /// <exception cref="InvalidDataException">The entry is malformed; the message says where and why.</exception>
    /// <exception cref="IOException">The source cannot be read.</exception>
    public bool TryRead(out CrlEntry entry)
    {
        ReadOnlySpan<byte> rest = _buffer.AsSpan(_start, _end - _start);
        int length = rest.Length >= 2 && rest[1] < 0x80 ? 2 + rest[1] : 0;
        if (length == 0 || length > rest.Length)
        {
            if (!Load(out length))
            {
                entry = default;
                return false;
            }

            rest = _buffer.AsSpan(_start, _end - _start);
        }

        ReadOnlySpan<byte> encoded = rest[..length];
        if (!CrlEntryFields.TryReadUsual(encoded, out CrlEntryFields fields) || (fields.Traits != CrlEntryTraits.None && _isVersion1))
        {
            ReadUnusual(encoded, out fields);
        }

        entry = new CrlEntry(encoded, _certificateIssuer.AsSpan(0, _certificateIssuerLength), fields);
        _start += length;
        EntryCount++;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hash?.Dispose();
        _source.Dispose();
    }

    /// <summary>Makes sure that the next entry is in the buffer as a whole.</summary>
    /// <returns><see langword="false"/> when there is none.</returns>
    private bool Load(out int length)
    {
        length = 0;
        if (_start == _end && _loaded == _frame.EntriesEnd)
        {
            return false;
        }

        if (_buffer.Length == 0)
        {
            _buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(BufferLength, EntriesLength));
        }

        if (_end - _start < LongHeader.MaxHeaderLength)
        {
            Fill();
        }

        if (!LongHeader.TryRead(_buffer.AsSpan(_start, _end - _start), DerTag.Sequence, out LongHeader header))
        {
            Fail("it is not a SEQUENCE in DER");
        }

        long whole = header.HeaderLength + header.Length;
        if (whole > _end - _start + (_frame.EntriesEnd - _loaded))
        {
            Fail("it is longer than revokedCertificates");
        }

        if (whole > MaxEntry)
        {
            Fail($"it has {whole} bytes; an entry of more than {MaxEntry >> 10} KiB is not read");
        }

        length = (int)whole;
        if (length > _end - _start)
        {
            Fill();
        }

        return true;
    }

    /// <summary>Moves what is left to the front of the buffer and fills up the rest.</summary>
    private void Fill()
    {
        int left = _end - _start;
        _buffer.AsSpan(_start, left).CopyTo(_buffer);
        int count = (int)Math.Min(_buffer.Length - left, _frame.EntriesEnd - _loaded);
        (_start, _end) = (0, left);
        Span<byte> part = _buffer.AsSpan(left, count);
        _source.Read(_loaded, part);
        _hash?.Append(part);
        _loaded += count;
        _end += count;
    }

    /// <summary>Certificate issuers stick (RFC 5280 5.3.3), and what is not understood is remembered.</summary>
    private void ReadUnusual(ReadOnlySpan<byte> encoded, out CrlEntryFields fields)
    {
        if (CrlEntryFields.Read(encoded, out fields) is { } fault)
        {
            Fail(fault);
        }

        if (_isVersion1 && fields.Traits != CrlEntryTraits.None)
        {
            Fail("it has extensions, but the CRL no version 2"); // RFC 5280 5.1.2.1
        }

        if (fields.UnknownCriticalOffset != 0 && UnsupportedCriticalExtension is null)
        {
            var extension = new DerReader(encoded[fields.UnknownCriticalOffset..]);
            ExtensionReader.TryRead(ref extension, out ReadOnlySpan<byte> oid, out _, out _);
            UnsupportedCriticalExtension = "entry: " + ExtensionReader.Describe(oid);
        }

        if ((fields.Traits & CrlEntryTraits.HasCertificateIssuer) != CrlEntryTraits.None)
        {
            if (DistributionPoint is { IsIndirect: true })
            {
                TakeCertificateIssuer(encoded.Slice(fields.IssuerOffset, fields.IssuerLength));
            }
            else
            {
                // Whose certificate that is, nobody can say: the entry names another issuer, the CRL's scope knows none.
                UnsupportedCriticalExtension ??= "entry: " + ExtensionReader.Describe(ObjectIdentifiers.CertificateIssuer);
            }
        }
    }

    private void TakeCertificateIssuer(ReadOnlySpan<byte> name)
    {
        if (name.Length > _certificateIssuer.Length)
        {
            _certificateIssuer = new byte[name.Length * 2]; // seldom: entries of one issuer stand together
        }

        name.CopyTo(_certificateIssuer);
        _certificateIssuerLength = name.Length;
    }

    private static CrlSource.StreamSource SourceOf(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return new CrlSource.StreamSource(stream, "The CRL");
    }

    [DoesNotReturn]
    private void Fail(string what) =>
        throw new InvalidDataException($"{_source.Name}: byte {_loaded - (_end - _start)}, entry {EntryCount + 1}: {what}.");
}
