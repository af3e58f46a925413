namespace PkiCore.Serving;

/// <summary>How a responder is. A snapshot, taken by <see cref="OcspResponder.GetHealth"/>.</summary>
/// <param name="Issuers">Each issuer, followed by its alternate signers.</param>
public sealed record ResponderHealth(IReadOnlyList<IssuerHealth> Issuers)
{
    /// <summary>Whether the responder is still reading its sources for the first time. What is added later does not make it load again.</summary>
    public bool IsLoading { get; init; }

    /// <summary>Whether requests can be sent here: every source has been read once or is known to be out of reach, and an unexpired answer is left
    /// or can be made.</summary>
    public bool IsReady => !IsLoading && Issuers.Any(issuer => issuer.CanAnswer && !issuer.IsAlternate);

    /// <summary>Whether something needs an operator, though service goes on.</summary>
    public bool IsDegraded => Issuers.Any(issuer => issuer.Problems.Count > 0);
}

/// <summary>How one issuer is.</summary>
public sealed record IssuerHealth
{
    /// <summary>The issuer's distinguished name.</summary>
    public required string Name { get; init; }

    /// <summary>The start of its SHA-1 key hash in hexadecimal, because two issuers may share a name.</summary>
    public required string Key { get; init; }

    /// <summary>Where its status comes from.</summary>
    public required string Source { get; init; }

    /// <summary>Whether the source has been read, or has been tried and could not be, or has taken a minute.</summary>
    public bool IsSettled { get; init; }

    /// <summary>Whether there is a signed, unexpired answer, or one can be signed.</summary>
    public bool CanAnswer { get; init; }

    /// <summary>Up to when the source is known; <see langword="null"/> before it has been read.</summary>
    public DateTimeOffset? Watermark { get; init; }

    /// <summary>How many certificates there are.</summary>
    public int Certificates { get; init; }

    /// <summary>How many of them are revoked.</summary>
    public int Revoked { get; init; }

    /// <summary>How many certificates wait for a signature ahead of requests: their first, one after a change, or another as theirs gets old.</summary>
    public int WaitingToBeSigned { get; init; }

    /// <summary>How many of these have an answer that gets old: it is served until there is another.</summary>
    public int Due { get; init; }

    /// <summary>How many of them wait for too long: new or changed ones for more than a minute, and those whose answer should have been replaced by
    /// <see cref="OcspResponderOptions.RefreshBy"/> for more than a minute from then, or whose answer has expired.</summary>
    public int Late { get; init; }

    /// <summary>How much memory the certificates and their signatures take, in bytes.</summary>
    public long TableBytes { get; init; }

    /// <summary>How full the index of the table is, 0 to 1.</summary>
    public double TableLoadFactor { get; init; }

    /// <summary>When the oldest answer that is in use was signed.</summary>
    public DateTimeOffset? OldestAnswer { get; init; }

    /// <summary>The end of the signer's validity.</summary>
    public DateTimeOffset? SignerNotAfter { get; init; }

    /// <summary>The signer's algorithm; <see langword="null"/> when there is no signer.</summary>
    public string? Algorithm { get; init; }

    /// <summary>Whether this is about an alternate signer of the issuer (<see cref="OcspResponder.SetAlternateSigners"/>). Readiness does not depend on it.</summary>
    public bool IsAlternate { get; init; }

    /// <summary>How many requests wait to be signed live.</summary>
    public int LiveQueueLength { get; init; }

    /// <summary>How many threads are stuck in the signer, or in one before it. Others have taken over what they were at.</summary>
    public int ThreadsWrittenOff { get; init; }

    /// <summary>What is wrong, for people; empty when all is well.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];
}
