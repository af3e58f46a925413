namespace PkiCore.Galera.Cluster;

/// <summary>What is known of one node at one moment. Immutable. What the node did not say, or said before it was lost, is <see langword="null"/>.</summary>
/// <param name="Node">The node.</param>
/// <param name="ClusterUuid">wsrep_cluster_state_uuid: the cluster that it belongs to; empty when it does not say.</param>
internal sealed record NodeView(GaleraNode Node, string ClusterUuid)
{
    public NodeState State { get; init; }

    /// <summary>Whether it may be read.</summary>
    public bool IsHealthy { get; init; }

    /// <summary>It failed a short while ago, and is read only when there is no other.</summary>
    public bool IsPenalised { get; init; }

    /// <summary>What is wrong with it and what to do; <see langword="null"/> when nothing is.</summary>
    public string? Problem { get; init; }

    /// <summary>Smoothed.</summary>
    public TimeSpan? RoundTrip { get; init; }

    /// <summary>By how much the round trip varies.</summary>
    public TimeSpan? RoundTripVariation { get; init; }

    /// <summary>By how much its clock is ahead of this machine's.</summary>
    public TimeSpan? ClockOffset { get; init; }

    /// <summary>wsrep_last_committed.</summary>
    public long? LastCommitted { get; init; }

    /// <summary>How many transactions of its cluster it is behind the first, as far as can be seen without asking all in the same moment.</summary>
    public long? Lag { get; init; }

    /// <summary>innodb_flush_log_at_trx_commit.</summary>
    public int? FlushLogAtCommit { get; init; }

    /// <summary>gmcast.segment.</summary>
    public int? Segment { get; init; }

    /// <summary>wsrep_cluster_size: with arbitrators.</summary>
    public int? ClusterSize { get; init; }

    /// <summary>How many nodes with data it sees in its component: without arbitrators.</summary>
    public int? DataNodeCount { get; init; }

    /// <summary>Transactions that wait to be applied.</summary>
    public long? ReceiveQueue { get; init; }

    /// <summary>The same on average.</summary>
    public double? ReceiveQueueAverage { get; init; }

    /// <summary>The share of the time between the last two questions in which replication stood still.</summary>
    public double? FlowControlPaused { get; init; }

    /// <summary>The server's version; empty when not known.</summary>
    public string Version { get; init; } = "";
}
