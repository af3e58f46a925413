using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization;
using PkiCore.Ocsp;

namespace PkiCore.Campaigns.Asking;

/// <summary>How a certificate stands with its CA, as an answer can say it.</summary>
/// <param name="IsListed">Whether the CA knows it; others are answered with unauthorized.</param>
/// <param name="RevokedAt">When it was revoked; <see langword="null"/> for a good one.</param>
/// <param name="Reason">Why.</param>
internal readonly record struct Standing(bool IsListed, DateTimeOffset? RevokedAt = null, X509RevocationReason Reason = X509RevocationReason.Unspecified)
{
    public static Standing Unlisted => default;

    public static Standing Good { get; } = new(IsListed: true);

    [JsonIgnore]
    public bool IsGood => IsListed && RevokedAt is null;

    [JsonIgnore]
    public bool IsOnHold => RevokedAt is not null && Reason == X509RevocationReason.CertificateHold;

    /// <summary>Revoked, and not to be undone.</summary>
    [JsonIgnore]
    public bool IsPermanent => RevokedAt is not null && !IsOnHold;

    public static Standing Of(OcspSingleResponse single) => single.Status switch
    {
        OcspCertificateStatus.Good => Good,
        OcspCertificateStatus.Revoked => new Standing(true, single.RevocationTime, single.Reason ?? X509RevocationReason.Unspecified),
        _ => throw new InvalidDataException("unknown is answered, which nothing was configured to do"),
    };

    public override string ToString() => !IsListed ? "unlisted" : IsGood ? "good" : $"revoked at {RevokedAt:u} ({Reason})";
}
