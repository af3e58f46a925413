using System.Security.Cryptography.X509Certificates;
using PkiCore.Asn1;
using PkiCore.Crl.Reading;

namespace PkiCore.Crl;

/// <summary>One revoked certificate of a CRL. Points into the reader's buffer: good until the next entry is read.</summary>
public readonly ref struct CrlEntry
{
    private readonly CrlEntryFields _fields;

    /// <summary>Takes an entry that was read.</summary>
    internal CrlEntry(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> certificateIssuer, scoped in CrlEntryFields fields)
    {
        Encoded = encoded;
        CertificateIssuer = certificateIssuer;
        _fields = fields;
    }

    /// <summary>The whole entry in DER.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>The DER of the Name of the authority that issued the certificate: the CRL's issuer, or in an indirect CRL the last one named (RFC 5280 5.3.3).</summary>
    public ReadOnlySpan<byte> CertificateIssuer { get; }

    /// <summary>The contents octets of the serial number's INTEGER: 1 to 64; zero and negative numbers occur.</summary>
    public ReadOnlySpan<byte> SerialNumber => Encoded.Slice(_fields.SerialOffset, _fields.SerialLength);

    /// <summary>When the certificate was revoked.</summary>
    public DateTimeOffset RevocationDate
    {
        get
        {
            // as it was checked: behind the serial number
            int offset = _fields.SerialOffset + _fields.SerialLength;
            ReadOnlySpan<byte> text = Encoded.Slice(offset + 2, Encoded[offset + 1]);
            bool isUtc = Encoded[offset] == DerTag.UtcTime;
            return (isUtc ? DerTime.TryParseUtc(text, out DateTimeOffset value) : DerTime.TryParse(text, out value)) ? value : default;
        }
    }

    /// <summary>Why; <see cref="X509RevocationReason.Unspecified"/> when the entry does not say. <see cref="X509RevocationReason.RemoveFromCrl"/> occurs in delta CRLs: the certificate is revoked no longer.</summary>
    public X509RevocationReason Reason => (X509RevocationReason)_fields.Reason;

    /// <summary>Since when the key is suspected, where that is known (RFC 5280 5.3.2).</summary>
    public DateTimeOffset? InvalidityDate =>
        _fields.InvalidityDateOffset != 0 && DerTime.TryParse(Encoded.Slice(_fields.InvalidityDateOffset, DerTime.Length), out DateTimeOffset value) ? value : null;

    /// <summary>The revocation date as it stands there, from its tag on.</summary>
    internal ReadOnlySpan<byte> EncodedRevocationDate => Encoded[(_fields.SerialOffset + _fields.SerialLength)..];

    /// <summary>What else there is to say about the extensions.</summary>
    internal CrlEntryTraits Traits => _fields.Traits;

    /// <summary>Reads an entry that stands alone.</summary>
    /// <param name="encoded">The whole entry in DER.</param>
    /// <param name="certificateIssuer">The Name of the authority that issued the certificate, unless the entry says so itself.</param>
    /// <param name="entry">The entry.</param>
    /// <returns>What is wrong with it; <see langword="null"/> when nothing is.</returns>
    internal static string? TryRead(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> certificateIssuer, out CrlEntry entry)
    {
        string? fault = CrlEntryFields.Read(encoded, out CrlEntryFields fields);
        bool hasOwn = (fields.Traits & CrlEntryTraits.HasCertificateIssuer) != CrlEntryTraits.None;
        entry = new CrlEntry(encoded, hasOwn ? encoded.Slice(fields.IssuerOffset, fields.IssuerLength) : certificateIssuer, fields);
        return fault;
    }
}
