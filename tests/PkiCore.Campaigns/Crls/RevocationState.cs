using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Campaigns.Crls;

/// <summary>What CRLs say of a certificate.</summary>
[Flags]
internal enum RevocationStates
{
    None = 0,
    NotListed = 1,
    OnHold = 2,
    Revoked = 4,
}

internal static class RevocationState
{
    public static RevocationStates Of(X509RevocationReason reason) => reason switch
    {
        X509RevocationReason.RemoveFromCrl => RevocationStates.NotListed,
        X509RevocationReason.CertificateHold => RevocationStates.OnHold,
        _ => RevocationStates.Revoked,
    };
}
