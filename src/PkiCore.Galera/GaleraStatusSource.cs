using PkiCore.Galera.Feed;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Galera;

/// <summary>
/// What is revoked of a CA, from a Galera cluster: all of it first, then change by change, from whichever node is the nearest. Without a node that can be read it
/// says so, and goes on by itself. Any number of readers may follow it.
/// </summary>
/// <param name="cluster">The cluster; it has to be started.</param>
/// <param name="issuer">The CA.</param>
public sealed class GaleraStatusSource(GaleraCluster cluster, Issuer issuer) : IStatusSource
{
    /// <inheritdoc/>
    public string Name { get; } = $"Galera cluster {string.Join(", ", cluster.Options.Nodes.Select(node => node.Name))}";

    /// <inheritdoc/>
    public IAsyncEnumerable<StatusBatch> ReadAsync(SourcePosition from, CancellationToken cancellationToken = default) =>
        new HistoryReading(cluster, IssuerKey.Of(issuer), issuer.Name, from).RunAsync(cancellationToken);
}
