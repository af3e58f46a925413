namespace PkiCore.Galera.Cluster;

/// <summary>What a node is at one moment, for people and metrics.</summary>
internal enum NodeState
{
    /// <summary>It was not asked yet.</summary>
    Unknown,

    /// <summary>It does not answer, or refuses to.</summary>
    Unreachable,

    /// <summary>It answers, but is cut off from the majority of its cluster.</summary>
    NotPrimary,

    /// <summary>It is in the cluster, but says that it is not ready.</summary>
    NotReady,

    /// <summary>It receives the state from another node.</summary>
    Joining,

    /// <summary>It has the state and catches up.</summary>
    Joined,

    /// <summary>It gives its state to another node, or was taken out of step by its operator (wsrep_desync).</summary>
    Donor,

    /// <summary>It is well.</summary>
    Synced,

    /// <summary>It is well, in another cluster than the one that is followed.</summary>
    OtherCluster,
}
