using PkiCore.Ocsp;

namespace PkiCore.Campaigns.Asking;

/// <summary>An answer that is authentic, fresh and to the question.</summary>
/// <param name="Sent">When the question was sent.</param>
/// <param name="Received">When the answer was there.</param>
/// <param name="Status">Successful, or an error without a signature.</param>
internal sealed record Answer(DateTimeOffset Sent, DateTimeOffset Received, OcspResponseStatus Status)
{
    /// <summary>What the answer says of the certificate; <see langword="null"/> when it is to be asked again later.</summary>
    public Standing? Standing { get; init; }

    /// <summary>As of when the answer is true; an answer without a signature does not say.</summary>
    public DateTimeOffset ThisUpdate { get; init; }

    /// <summary>The hash of the signer's key, in hexadecimal.</summary>
    public string Signer { get; init; } = "";
}
