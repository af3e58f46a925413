namespace PkiCore.Crl;

/// <summary>How the CRLs of one issuer are. A snapshot, taken by <see cref="CrlPublisher.GetHealth"/>.</summary>
public sealed record CrlHealth
{
    /// <summary>The issuer's distinguished name.</summary>
    public required string Name { get; init; }

    /// <summary>Up to when the sources are known; <see langword="null"/> before they have been read.</summary>
    public DateTimeOffset? Watermark { get; init; }

    /// <summary>How many certificates are on the complete CRLs that are to be published next.</summary>
    public long Revoked { get; init; }

    /// <summary>The earliest thisUpdate of a CRL that is published; <see langword="null"/> when none is.</summary>
    public DateTimeOffset? OldestThisUpdate { get; init; }

    /// <summary>The earliest nextUpdate of a CRL that is published; <see langword="null"/> when none is.</summary>
    public DateTimeOffset? FirstNextUpdate { get; init; }

    /// <summary>When the next CRL comes if nothing changes; <see langword="null"/> when none is published.</summary>
    public DateTimeOffset? NextPublication { get; init; }

    /// <summary>What this host has to do with CRLs that several hosts serve: whether it publishes them, and who else does; <see langword="null"/> when nobody else serves them.</summary>
    public string? Distribution { get; init; }

    /// <summary>What is wrong, for the operator. What is published stays published.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];
}
