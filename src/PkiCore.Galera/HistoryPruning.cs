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
    private const int BatchSize = 1000;

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
        DbTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            ulong first = await ReadFirstAsync(connection, transaction, issuerId, cancellationToken).ConfigureAwait(false);
            (ulong last, byte[] digest)? end = await FindEndAsync(connection, transaction, issuerId, first, before, cancellationToken).ConfigureAwait(false);
            if (end is not var (lastOld, lastDigest))
            {
                await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
                return (0, first);
            }

            // Readers learn where the history begins before, or together with, what is missing.
            await ExecuteAsync("UPDATE history SET first_change = ?, first_digest = ? WHERE issuer_id = ? AND first_change = ?", lastOld + 1, lastDigest, issuerId, first).ConfigureAwait(false);
            int count = await ExecuteAsync("DELETE FROM status_change WHERE issuer_id = ? AND number <= ?", issuerId, lastOld).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return (count, lastOld + 1);
        }

        Task<int> ExecuteAsync(string text, params object?[] values) => SqlCommands.ExecuteAsync(SqlCommands.Create(connection, transaction, text, values), cancellationToken);
    }

    private static async Task<ulong> ReadFirstAsync(DbConnection connection, DbTransaction transaction, uint issuerId, CancellationToken cancellationToken)
    {
        DbCommand command = SqlCommands.Create(connection, transaction, "SELECT first_change FROM history WHERE issuer_id = ? FOR UPDATE", issuerId);
        await using (command.ConfigureAwait(false))
        {
            return Convert.ToUInt64(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>The last change of the oldest ones that are too old, as many as one transaction removes.</summary>
    private static async Task<(ulong Last, byte[] Digest)?> FindEndAsync(
        DbConnection connection, DbTransaction transaction, uint issuerId, ulong first, DateTimeOffset before, CancellationToken cancellationToken)
    {
        DbCommand command = SqlCommands.Create(
            connection, transaction, "SELECT number, digest, made_at FROM status_change WHERE issuer_id = ? AND number >= ? ORDER BY number LIMIT " + SqlCommands.Text((uint)BatchSize), issuerId, first);
        (ulong, byte[])? end = null;
        await using (command.ConfigureAwait(false))
        {
            DbDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false) && Time.FromColumn(row.GetDateTime(2)) < before)
                {
                    end = (row.GetFieldValue<ulong>(0), row.GetFieldValue<byte[]>(1));
                }
            }
        }

        return end;
    }
}
