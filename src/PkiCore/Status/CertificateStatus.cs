using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Status;

/// <summary>What a source says of one certificate: good, or revoked since a time and for a reason (RFC 6960 2.2).</summary>
/// <param name="RevocationTime">When it was revoked; <see langword="null"/> for a good one.</param>
/// <param name="Reason">Why; <see cref="X509RevocationReason.Unspecified"/> where none was given.</param>
/// <param name="InvalidityDate">Since when the key is suspected, where that is known (RFC 5280 5.3.2).</param>
public readonly record struct CertificateStatus(
    DateTimeOffset? RevocationTime,
    X509RevocationReason Reason = X509RevocationReason.Unspecified,
    DateTimeOffset? InvalidityDate = null)
{
    /// <summary>Not revoked.</summary>
    public static CertificateStatus Good => default;

    /// <summary>Whether the certificate is revoked, for good or for a time.</summary>
    public bool IsRevoked => RevocationTime.HasValue;

    /// <summary>Whether the certificate is on hold: the only revocation that can be undone (RFC 5280 5.3.1).</summary>
    public bool IsOnHold => IsRevoked && Reason == X509RevocationReason.CertificateHold;
}
