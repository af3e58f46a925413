namespace PkiCore.Galera.Cluster;

/// <summary>
/// Which cluster is followed when nodes of several answer. It stays the one it was; another one is followed only when no node of this one has been well for a
/// while: whether its history goes on where ours ended, the digests prove to the reader, not we.
/// </summary>
internal sealed class FollowedCluster(TimeProvider timeProvider)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private long _lastWell;

    /// <summary>wsrep_cluster_state_uuid; empty before any node was well.</summary>
    public string Uuid { get; private set; } = "";

    /// <summary>Looks at the nodes as they are now.</summary>
    /// <param name="healthy">The clusters of the nodes that are well, in the order of the configuration.</param>
    /// <returns>Whether another cluster is followed from now on.</returns>
    public bool Update(IReadOnlyList<string> healthy)
    {
        if (Uuid.Length > 0 && healthy.Contains(Uuid, StringComparer.Ordinal))
        {
            _lastWell = timeProvider.GetTimestamp();
            return false;
        }

        // OrderBy is stable: of clusters with as many nodes, the one that is named first.
        string? largest = healthy.Where(uuid => uuid.Length > 0).GroupBy(uuid => uuid, StringComparer.Ordinal).OrderByDescending(group => group.Count()).FirstOrDefault()?.Key;
        if (largest is null || (Uuid.Length > 0 && timeProvider.GetElapsedTime(_lastWell) < s_patience))
        {
            return false;
        }

        bool isOther = Uuid.Length > 0;
        Uuid = largest;
        _lastWell = timeProvider.GetTimestamp();
        return isOther;
    }
}
