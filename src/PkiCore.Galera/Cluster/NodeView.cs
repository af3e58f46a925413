namespace PkiCore.Galera.Cluster;

/// <summary>What is known of one node at one moment. Immutable.</summary>
/// <param name="Node">The node.</param>
/// <param name="ClusterUuid">wsrep_cluster_state_uuid: the cluster that it belongs to; empty when it does not say.</param>
internal sealed record NodeView(GaleraNode Node, string ClusterUuid);
