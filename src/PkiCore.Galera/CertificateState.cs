using PkiCore.Status;

namespace PkiCore.Galera;

/// <summary>The numbers in the column status.</summary>
internal static class CertificateState
{
    public const byte Good = 0;
    public const byte Revoked = 1;
    public const byte OnHold = 2;

    public static byte Of(in CertificateStatus status) => status.IsOnHold ? OnHold : status.IsRevoked ? Revoked : Good;
}
