using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Testing;

/// <summary>What an edge says of a certificate, with a signature that was verified.</summary>
/// <param name="IsListed">Whether the CA knows it.</param>
/// <param name="Reason">Why it is revoked; <see langword="null"/> when it is good.</param>
/// <param name="ThisUpdate">As of when.</param>
public sealed record EdgeAnswer(bool IsListed, X509RevocationReason? Reason, DateTimeOffset ThisUpdate)
{
    public static EdgeAnswer Unlisted { get; } = new(false, null, default);

    public bool IsGood => IsListed && Reason is null;

    public bool IsRevoked => Reason is not null;
}
