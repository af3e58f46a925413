using System.Data.Common;
using PkiCore.Galera.Cluster;
using PkiCore.Galera.Writing;
using PkiCore.X509;

namespace PkiCore.Galera.Crls;

/// <summary>What the CRLs of one CA need of the database: work on the nearest node, tried again elsewhere until the time is over. Safe for use from several threads.</summary>
internal sealed class CrlDatabase(GaleraCluster cluster, Issuer issuer)
{
    /// <summary>The CA, for people.</summary>
    public string IssuerName => issuer.Name;

    public GaleraCluster Cluster => cluster;

    /// <summary>Carries out work that can be done twice without harm.</summary>
    /// <param name="limits">How long it may take.</param>
    /// <param name="work">The work: with a connection and the number of the CA. What it throws as <see cref="InvalidDataException"/> is not tried again.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">It could not be done; the message says why.</exception>
    public async Task<T> RunAsync<T>(CrlDatabaseLimits limits, Func<DbConnection, uint, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var options = new RevocationStoreOptions { Timeout = limits.Total, TransactionTimeout = limits.Attempt };
        try
        {
            return await NodeCall.RunAsync(cluster, options, async (connection, token) =>
            {
                uint issuerId = await IssuerRows.FindCausallyAsync(connection, issuer, token).ConfigureAwait(false)
                    ?? throw new InvalidDataException($"'{issuer.Name}' is not registered in the database");
                return await work(connection, issuerId, token).ConfigureAwait(false);
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (RevocationStoreException e)
        {
            throw new IOException(e.Message, e.InnerException ?? e);
        }
    }

    /// <summary>The same, in one transaction, which is committed when the work says so.</summary>
    /// <param name="limits">How long it may take.</param>
    /// <param name="statements">All statements that the work may carry out.</param>
    /// <param name="work">The work; it says whether there is anything to commit.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">It could not be done; the message says why.</exception>
    public Task<T> ChangeAsync<T>(CrlDatabaseLimits limits, IEnumerable<string> statements, Func<CrlTransaction, Task<(T Result, bool IsChange)>> work, CancellationToken cancellationToken) =>
        RunAsync(limits, async (connection, issuerId, token) =>
        {
            // What was committed anywhere is known here then: a row that is not found is not there.
            await CausalWait.RunAsync(connection, token).ConfigureAwait(false);
            CrlTransaction transaction = await CrlTransaction.BeginAsync(connection, issuerId, statements, token).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                (T result, bool isChange) = await work(transaction).ConfigureAwait(false);
                if (isChange)
                {
                    await transaction.CommitAsync().ConfigureAwait(false);
                }

                return result;
            }
        }, cancellationToken);

    /// <summary>Makes sure that enough nodes keep what is written.</summary>
    /// <exception cref="IOException">There are too few.</exception>
    public void RequireDataNodes()
    {
        ClusterView view = cluster.View;
        int least = cluster.Options.MinDataNodes;
        if (view.Nearest is not null && view.DataNodeCount < least)
        {
            throw new IOException($"{view.DataNodeCount} node(s) with data are in the primary component, and {least} have to be for a write to be accepted (MinDataNodes).");
        }
    }
}

/// <summary>How long work in the database may take.</summary>
/// <param name="Total">With all that is tried again.</param>
/// <param name="Attempt">On one node, before another one is tried.</param>
internal readonly record struct CrlDatabaseLimits(TimeSpan Total, TimeSpan Attempt);
