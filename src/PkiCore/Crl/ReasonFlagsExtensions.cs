using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Crl;

/// <summary>Brings the two ways to number reasons together (CX-16).</summary>
internal static class ReasonFlagsExtensions
{
    /// <summary>Whether a reason is among them; "unspecified" never is.</summary>
    public static bool Contains(this ReasonFlags flags, X509RevocationReason reason) => (flags & FlagOf(reason)) != ReasonFlags.None;

    private static ReasonFlags FlagOf(X509RevocationReason reason) => reason switch
    {
        X509RevocationReason.KeyCompromise => ReasonFlags.KeyCompromise,
        X509RevocationReason.CACompromise => ReasonFlags.CACompromise,
        X509RevocationReason.AffiliationChanged => ReasonFlags.AffiliationChanged,
        X509RevocationReason.Superseded => ReasonFlags.Superseded,
        X509RevocationReason.CessationOfOperation => ReasonFlags.CessationOfOperation,
        X509RevocationReason.CertificateHold => ReasonFlags.CertificateHold,
        X509RevocationReason.PrivilegeWithdrawn => ReasonFlags.PrivilegeWithdrawn,
        X509RevocationReason.AACompromise => ReasonFlags.AACompromise,
        _ => ReasonFlags.None,
    };
}
