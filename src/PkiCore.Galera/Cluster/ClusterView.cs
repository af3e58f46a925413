namespace PkiCore.Galera.Cluster;

/// <summary>What is known of a cluster at one moment. Immutable.</summary>
/// <param name="Nodes">Its nodes, in the order of the configuration.</param>
/// <param name="Nearest">The one to be read; <see langword="null"/> when none is healthy.</param>
/// <param name="Problem">Why there is no nearest node, or what is wrong although there is one; <see langword="null"/> when all is well.</param>
internal sealed record ClusterView(IReadOnlyList<NodeView> Nodes, NodeView? Nearest, string? Problem)
{
    /// <summary>The clocks differ too much for anything to be signed: what is wrong; else <see langword="null"/>.</summary>
    public string? ClockProblem { get; init; }

    /// <summary>The cluster that is followed; empty before any node was well.</summary>
    public string ClusterUuid { get; init; } = "";

    /// <summary>How many nodes with data are in the primary component: arbitrators do not count. 0 when no node says so.</summary>
    public int DataNodeCount { get; init; }
}
