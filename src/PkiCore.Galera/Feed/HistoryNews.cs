namespace PkiCore.Galera.Feed;

/// <summary>What is known of the histories in the database at one moment. Immutable.</summary>
internal sealed record HistoryNews
{
    /// <summary>The heads as the node has them, which may be behind the cluster; empty before the first reading.</summary>
    public IReadOnlyDictionary<IssuerKey, HistoryHead> Heads { get; init; } = new Dictionary<IssuerKey, HistoryHead>();

    /// <summary>The latest causal reading; <see langword="null"/> before the first.</summary>
    public CausalReading? Causal { get; init; }

    /// <summary>The node to read from; <see langword="null"/> when there is none.</summary>
    public GaleraNode? Node { get; init; }

    /// <summary>Why the heads cannot be read; <see langword="null"/> when they can, or nobody has tried yet.</summary>
    public string? Problem { get; init; }

    /// <summary>Why it cannot be told as of when the heads are true; <see langword="null"/> when it can.</summary>
    public string? CausalProblem { get; init; }
}

/// <summary>A reading that saw all that had been committed anywhere in the cluster before it began.</summary>
/// <param name="At">The local time before it began.</param>
/// <param name="Began">The same, in ticks that no clock change moves.</param>
/// <param name="Heads">What it found.</param>
internal sealed record CausalReading(DateTimeOffset At, long Began, IReadOnlyDictionary<IssuerKey, HistoryHead> Heads);
