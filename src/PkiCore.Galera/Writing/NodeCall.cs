using System.Data.Common;
using PkiCore.Galera.Cluster;

namespace PkiCore.Galera.Writing;

/// <summary>Work on the nearest node that can be done twice without harm: it is tried again, perhaps on another node, until the time is over.</summary>
internal static class NodeCall
{
    /// <param name="cluster">The cluster.</param>
    /// <param name="options">How long it may take.</param>
    /// <param name="work">The work.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RevocationStoreException">It could not be done.</exception>
    public static async Task<T> RunAsync<T>(GaleraCluster cluster, RevocationStoreOptions options, Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var pause = new RetryPause(cluster.TimeProvider);
        using CancellationTokenSource limit = new(options.Timeout, cluster.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var fault = new WriteFault(WriteFaultKind.Node, "the time is over", new TimeoutException());
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                ClusterView view = cluster.View;
                if (view.Nearest is not { Node: var node })
                {
                    fault = fault with { Message = $"no node of the cluster can be used: {view.Problem ?? "none is healthy"}" };
                    await cluster.WaitForOtherViewAsync(view, either.Token).ConfigureAwait(false);
                    continue;
                }

                (T? result, WriteFault? found) = await TryAsync(options, cluster.TimeProvider, node, work, either.Token).ConfigureAwait(false);
                if (found is null)
                {
                    return result!;
                }

                fault = found;
                if (fault.Kind == WriteFaultKind.Final)
                {
                    break;
                }

                await PauseAsync(cluster, pause, node, fault, attempt, either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (either.IsCancellationRequested)
            {
                cancellationToken.ThrowIfCancellationRequested();
                break;
            }
        }

        throw new RevocationStoreException(fault.Message + ".", fault.Exception);
    }

    private static async Task<(T? Result, WriteFault? Fault)> TryAsync<T>(
        RevocationStoreOptions options, TimeProvider timeProvider, GaleraNode node, Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(options.TransactionTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            DbConnection connection = await node.DataSource.OpenConnectionAsync(either.Token).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                return (await work(connection, either.Token).ConfigureAwait(false), null);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Do not catch general exception types: what a provider throws is its own affair
        catch (Exception e)
#pragma warning restore CA1031
        {
            return (default, WriteFault.Of(e, node.Name));
        }
    }

    private static Task PauseAsync(GaleraCluster cluster, RetryPause pause, GaleraNode node, WriteFault fault, int attempt, CancellationToken cancellationToken)
    {
        if (fault.Kind == WriteFaultKind.Conflict)
        {
            return pause.AfterConflictAsync(attempt, cancellationToken);
        }

        cluster.ReportFailure(node, fault.Exception);
        return pause.AfterTroubleAsync(attempt, cancellationToken);
    }
}
