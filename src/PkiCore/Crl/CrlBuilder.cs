using System.Numerics;
using PkiCore.Crl.Issuing;
using PkiCore.Crl.State;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Crl;

/// <summary>
/// Makes one CRL, complete or delta, of entries that are added. For CRLs that are published again and again there is <see cref="CrlPublisher"/>.
/// Not safe for use from several threads.
/// </summary>
public sealed class CrlBuilder
{
    private readonly List<(Issuer Issuer, RevokedCertificates Revoked)> _entries;

    /// <summary>Begins a CRL without entries.</summary>
    /// <param name="issuer">Who issues the CRL: its name and key identifier stand in it.</param>
    public CrlBuilder(Issuer issuer)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        Issuer = issuer;
        _entries = [(issuer, new RevokedCertificates())];
    }

    /// <summary>Begins a CRL of entries that are there.</summary>
    /// <param name="issuer">Who issues the CRL.</param>
    /// <param name="entries">The entries by issuer of the certificates, the CRL issuer's own first.</param>
    internal CrlBuilder(Issuer issuer, IEnumerable<(Issuer Issuer, RevokedCertificates Revoked)> entries)
    {
        Issuer = issuer;
        _entries = [.. entries];
    }

    /// <summary>Who issues the CRL.</summary>
    public Issuer Issuer { get; }

    /// <summary>The CRL number, 0 to 2^159 - 1: higher than that of any CRL before in the same scope (RFC 5280 5.2.3).</summary>
    public required BigInteger Number { get; init; }

    /// <summary>The time as of which the entries are complete. A fraction of a second is cut off.</summary>
    public required DateTimeOffset ThisUpdate { get; init; }

    /// <summary>When the next CRL will be there at the latest. A fraction of a second is cut off.</summary>
    public required DateTimeOffset NextUpdate { get; init; }

    /// <summary>The number of the complete CRL to which a delta CRL adds (RFC 5280 5.2.4); <see langword="null"/> for a complete one.</summary>
    public BigInteger? BaseNumber { get; init; }

    /// <summary>The scope; <see langword="null"/> when it is all certificates of the issuer.</summary>
    public IssuingDistributionPoint? DistributionPoint { get; init; }

    /// <summary>Where delta CRLs are found; not written into a delta CRL (RFC 5280 5.2.6).</summary>
    public IReadOnlyList<string> FreshestCrl { get; init; } = [];

    /// <summary>Where the issuer's certificate is found (RFC 5280 5.2.7).</summary>
    public IReadOnlyList<string> CaIssuers { get; init; } = [];

    /// <summary>Other names of the issuer: GeneralNames in DER (RFC 5280 5.2.2).</summary>
    public ReadOnlyMemory<byte>? IssuerAltName { get; init; }

    /// <summary>Certificates that have expired since then are still listed (ITU-T X.509, expiredCertsOnCRL).</summary>
    public DateTimeOffset? ExpiredCertsOnCrl { get; init; }

    internal IReadOnlyList<(Issuer Issuer, RevokedCertificates Revoked)> Entries => _entries;

    /// <summary>Adds an entry, or replaces that of the same certificate.</summary>
    /// <param name="serial">The certificate.</param>
    /// <param name="status">Since when and why it is revoked. In a delta CRL the reason may be removeFromCRL.</param>
    /// <param name="certificateIssuer">Who issued it, when that is not the CRL's issuer: then the CRL has to be an indirect one (RFC 5280 5.3.3).</param>
    /// <exception cref="ArgumentException">The certificate is not revoked.</exception>
    public void Add(SerialNumber serial, CertificateStatus status, Issuer? certificateIssuer = null)
    {
        if (status.RevocationTime is not { } revocationDate)
        {
            throw new ArgumentException("A certificate that is not revoked has no place on a CRL.", nameof(status));
        }

        int index = certificateIssuer is null ? 0 : _entries.FindIndex(entries => entries.Issuer == certificateIssuer);
        if (index < 0)
        {
            index = _entries.Count;
            _entries.Add((certificateIssuer!, new RevokedCertificates()));
        }

        Span<byte> octets = stackalloc byte[SerialNumber.MaxLength];
        octets = octets[..serial.CopyTo(octets)];
        Span<byte> entry = stackalloc byte[CrlEntryEncoder.MaxLength];
        entry = entry[..CrlEntryEncoder.Encode(octets, revocationDate, status.Reason, status.InvalidityDate, entry)];
        _entries[index].Revoked.Set(entry, octets, ExpiryTime.Never);
    }

    /// <summary>Signs the CRL and writes it, in DER. It is checked before the key is used.</summary>
    /// <param name="destination">Where to; memory does not grow with the CRL.</param>
    /// <param name="signer">The issuer's key.</param>
    /// <param name="timeout">How long the signature may take.</param>
    /// <returns>The length.</returns>
    /// <exception cref="InvalidOperationException">The CRL would break a rule of RFC 5280; the message says which.</exception>
    /// <exception cref="SigningException">The signer is not the issuer's, or no signature was made.</exception>
    /// <exception cref="IOException">The CRL could not be written.</exception>
    public long WriteTo(Stream destination, ISigner signer, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(signer);
        var signed = SignedCrl.Create("The CRL", this, signer, timeout, baselineRequirements: false);
        foreach (ReadOnlyMemory<byte> piece in signed.Pieces)
        {
            destination.Write(piece.Span);
        }

        return signed.Length;
    }
}
