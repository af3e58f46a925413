using Microsoft.Extensions.Logging;

namespace PkiCore.Galera.Writing;

/// <summary>What the writers of a store have in common.</summary>
/// <param name="Cluster">Where they write.</param>
/// <param name="Options">How.</param>
/// <param name="Metrics">What they count.</param>
/// <param name="Logger">Where they tell of trouble.</param>
internal sealed record StoreContext(GaleraCluster Cluster, RevocationStoreOptions Options, WriteMetrics Metrics, ILogger Logger)
{
    public TimeProvider TimeProvider => Cluster.TimeProvider;
}
