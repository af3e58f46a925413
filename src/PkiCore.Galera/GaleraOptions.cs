namespace PkiCore.Galera;

/// <summary>How a cluster is watched and read.</summary>
public sealed record GaleraOptions
{
    /// <summary>The nodes with data; an arbitrator is not named.</summary>
    public required IReadOnlyList<GaleraNode> Nodes { get; init; }

    /// <summary>How often each node is asked for its state.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a node may take to answer, also when connecting, before it counts as failed.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often changes are asked for; at least 100 ms.</summary>
    public TimeSpan ReadInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a causal read may take: the one that says as of when the state is true.</summary>
    public TimeSpan CausalTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often everything is read again and compared with what is known, so that a change that was missed for whatever reason is found; zero: never.</summary>
    public TimeSpan ComparisonInterval { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The segment (gmcast.segment) whose nodes are preferred; <see langword="null"/>: the round trip alone decides.</summary>
    public int? PreferredSegment { get; init; }

    /// <summary>Whether a node that is the donor of a state transfer may be read.</summary>
    public bool AllowDonor { get; init; }

    /// <summary>By how much a node's clock may differ before nothing new is signed: then it is not known whose is right.</summary>
    public TimeSpan MaxClockOffset { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many nodes with data must be in the primary component for a write to be accepted; an arbitrator does not count.</summary>
    public int MinDataNodes { get; init; } = 2;
}
