namespace PkiCore.Crl;

/// <summary>ReasonFlags (RFC 5280 4.2.1.13): bit n of the BIT STRING is 1 &lt;&lt; n. The numbers are not those of a revocation reason.</summary>
[Flags]
#pragma warning disable CA1711 // Identifiers should not have incorrect suffix: it is the ASN.1 type's name
public enum ReasonFlags
#pragma warning restore CA1711
{
    /// <summary>No reason.</summary>
    None = 0,

    /// <summary>The key of a certificate's holder is, or may be, known to others.</summary>
    KeyCompromise = 1 << 1,

    /// <summary>The key of an authority is, or may be, known to others.</summary>
    CACompromise = 1 << 2,

    /// <summary>The holder's name or another fact has changed.</summary>
    AffiliationChanged = 1 << 3,

    /// <summary>There is a newer certificate.</summary>
    Superseded = 1 << 4,

    /// <summary>The certificate is no longer needed.</summary>
    CessationOfOperation = 1 << 5,

    /// <summary>On hold, for now.</summary>
    CertificateHold = 1 << 6,

    /// <summary>A privilege named in the certificate was withdrawn.</summary>
    PrivilegeWithdrawn = 1 << 7,

    /// <summary>The key of an attribute authority is, or may be, known to others.</summary>
    AACompromise = 1 << 8,
}
