using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Logging;
using PkiCore.Galera.Writing;
using PkiCore.X509;

namespace PkiCore.Galera;

/// <summary>
/// Removes old changes from a history, in small transactions. What is known of certificates stays. Readers that are behind the oldest change that is left load
/// everything again, and operation ids that are removed are not recognised any more.
/// </summary>
internal sealed class HistoryPruning(GaleraCluster cluster, RevocationStoreOptions options)
{
    private const string LockFirst = "SELECT first_change FROM history WHERE issuer_id = ? FOR UPDATE";
    private const string ReadOldest = "SELECT number, digest, made_at FROM status_change WHERE issuer_id = ? AND number >= ? ORDER BY number LIMIT 1000";
    private const string MoveFirst = "UPDATE history SET first_change = ?, first_digest = ? WHERE issuer_id = ? AND first_change = ?";
    private const string Remove = "DELETE FROM status_change WHERE issuer_id = ? AND number <= ?";

    private readonly ILogger _logger = cluster.LoggerFactory.CreateLogger<HistoryPruning>();

    /// <summary>Removes what is older than a time; a change that is younger keeps those after it, whatever their time.</summary>
    /// <returns>How many were removed.</returns>
    /// <exception cref="RevocationStoreException">It could not be done, or not to the end.</exception>
    public async Task<long> PruneAsync(Issuer issuer, TimeSpan keep, CancellationToken cancellationToken)
    {
        DateTimeOffset before = cluster.TimeProvider.GetUtcNow() - keep;
        long removed = 0;
        ulong first = 0;
        while (true)
        {
            (int count, ulong begin) = await NodeCall.RunAsync(cluster, options, (connection, token) => PruneOnceAsync(connection, issuer, before, token), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                break;
            }

            removed += count;
            first = begin;
        }

        if (removed > 0)
        {
            Log.Pruned(_logger, issuer.Name, removed, before, first);
        }

        return removed;
    }

    /// <summary>How many changes it would remove.</summary>
    /// <exception cref="RevocationStoreException">It could not be found out.</exception>
    public Task<long> CountAsync(Issuer issuer, TimeSpan keep, CancellationToken cancellationToken) => NodeCall.RunAsync(cluster, options, async (connection, token) =>
    {
        uint issuerId = await FindIssuerAsync(connection, issuer, token).ConfigureAwait(false);
        DbCommand command = SqlCommands.Create(
            connection,
            transaction: null,
            "SELECT COUNT(*) FROM status_change WHERE issuer_id = ? AND number < COALESCE((SELECT MIN(number) FROM status_change WHERE issuer_id = ? AND made_at >= ?), 18446744073709551615)",
            issuerId,
            issuerId,
            Time.ToColumn(cluster.TimeProvider.GetUtcNow() - keep));
        await using (command.ConfigureAwait(false))
        {
            return Convert.ToInt64(await command.ExecuteScalarAsync(token).ConfigureAwait(false), CultureInfo.InvariantCulture);
        }
    }, cancellationToken);

    private static async Task<uint> FindIssuerAsync(DbConnection connection, Issuer issuer, CancellationToken cancellationToken) =>
        await IssuerRows.FindCausallyAsync(connection, issuer, cancellationToken).ConfigureAwait(false) ?? throw new RevocationStoreException($"'{issuer.Name}' is not registered in the database");

    private static async Task<(int Count, ulong First)> PruneOnceAsync(DbConnection connection, Issuer issuer, DateTimeOffset before, CancellationToken cancellationToken)
    {
        uint issuerId = await FindIssuerAsync(connection, issuer, cancellationToken).ConfigureAwait(false);
        PreparedTransaction transaction = await PreparedTransaction.BeginAsync(connection, [LockFirst, ReadOldest, MoveFirst, Remove], cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            ulong first = (await transaction.ReadAsync(LockFirst, row => row.GetFieldValue<ulong>(0), issuerId).ConfigureAwait(false))[0];

            // The last change of the oldest ones that are too old, as many as one transaction removes.
            List<(ulong Number, byte[] Digest, DateTimeOffset MadeAt)> oldest = await transaction.ReadAsync(
                ReadOldest, row => (row.GetFieldValue<ulong>(0), row.GetFieldValue<byte[]>(1), Time.FromColumn(row.GetDateTime(2))), issuerId, first).ConfigureAwait(false);
            int old = oldest.TakeWhile(change => change.MadeAt < before).Count();
            if (old == 0)
            {
                return (0, first);
            }

            // Readers learn where the history begins before, or together with, what is missing.
            (ulong last, byte[] digest, _) = oldest[old - 1];
            await transaction.ExecuteAsync(MoveFirst, last + 1, digest, issuerId, first).ConfigureAwait(false);
            int count = await transaction.ExecuteAsync(Remove, issuerId, last).ConfigureAwait(false);
            await transaction.CommitAsync().ConfigureAwait(false);
            return (count, last + 1);
        }
    }
}
