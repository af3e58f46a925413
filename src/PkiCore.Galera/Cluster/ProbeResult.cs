namespace PkiCore.Galera.Cluster;

/// <summary>What came of asking a node.</summary>
/// <param name="Asked">The timestamp when it began.</param>
internal sealed record ProbeResult(long Asked)
{
    /// <summary>Why there is no answer; <see langword="null"/> when there is one.</summary>
    public string? Fault { get; init; }

    /// <summary>The node answered, but only to say that it takes no statements now (error 1047).</summary>
    public bool IsRefused { get; init; }

    public NodeStatus Status { get; init; } = new();

    /// <summary><see langword="null"/> when it was not asked for.</summary>
    public NodeSettings? Settings { get; init; }

    /// <summary>Its clock and what the question for it took; <see langword="null"/> when it would not say.</summary>
    public ClockReading? Clock { get; init; }
}

/// <summary>A node's answer to the question for its time.</summary>
/// <param name="NodeTime">Its time.</param>
/// <param name="Asked">The timestamp when it was asked.</param>
/// <param name="RoundTrip">How long the answer took.</param>
internal readonly record struct ClockReading(DateTimeOffset NodeTime, long Asked, TimeSpan RoundTrip);
