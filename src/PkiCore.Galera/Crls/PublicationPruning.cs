using System.Data.Common;
using PkiCore.Galera.Writing;

namespace PkiCore.Galera.Crls;

/// <summary>Removes publications that nobody fetches any more, and then contents that none of the others needs: in small transactions, each of which proves the lease.</summary>
internal static class PublicationPruning
{
    private const int RowsPerDelete = 1000;
    private const int PartsPerDelete = 4; // what is removed goes to all nodes too

    private static readonly string s_deleteFiles = $"DELETE FROM crl_file WHERE issuer_id = ? AND sequence = ? ORDER BY name LIMIT {RowsPerDelete}";
    private static readonly string s_deleteParts = $"DELETE FROM crl_chunk WHERE issuer_id = ? AND sha256 = ? ORDER BY part LIMIT {PartsPerDelete}";

    /// <param name="database">Where.</param>
    /// <param name="term">The lease: without it, another publisher may be sending just what seems to be needed no more.</param>
    /// <param name="kept">How many publications stay.</param>
    /// <param name="limits">For each transaction.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task PruneAsync(CrlDatabase database, LeaseTerm term, int kept, CrlDatabaseLimits limits, CancellationToken cancellationToken)
    {
        List<ulong> sequences = await database.RunAsync(limits, (connection, issuerId, token) => new RowReading(connection, token).ReadAsync(
            "SELECT sequence FROM crl_publication WHERE issuer_id = ? ORDER BY sequence DESC", row => row.GetFieldValue<ulong>(0), issuerId), cancellationToken).ConfigureAwait(false);
        foreach (ulong sequence in sequences.Skip(kept).Reverse())
        {
            await RepeatAsync(s_deleteFiles, RowsPerDelete, sequence).ConfigureAwait(false);
            await RepeatAsync("DELETE FROM crl_publication WHERE issuer_id = ? AND sequence = ?", RowsPerDelete, sequence).ConfigureAwait(false);
        }

        foreach (ChangeDigest hash in await database.RunAsync(limits, FindUnusedAsync, cancellationToken).ConfigureAwait(false))
        {
            await RepeatAsync(s_deleteParts, PartsPerDelete, hash.ToArray()).ConfigureAwait(false);
        }

        async Task RepeatAsync(string statement, int most, object value)
        {
            int count = most;
            while (count == most)
            {
                await Chunks.WaitForRoomAsync(database.Cluster, cancellationToken).ConfigureAwait(false);
                count = await database.ChangeAsync(limits, [statement, LeaseRow.RaiseBeat], async transaction =>
                {
                    int deleted = await transaction.ExecuteAsync(statement, transaction.IssuerId, value).ConfigureAwait(false);
                    await transaction.RequireAsync(term).ConfigureAwait(false);
                    return (deleted, deleted > 0);
                }, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task<List<ChangeDigest>> FindUnusedAsync(DbConnection connection, uint issuerId, CancellationToken cancellationToken)
    {
        await CausalWait.RunAsync(connection, cancellationToken).ConfigureAwait(false);
        List<ChangeDigest> all = await ReadAsync("SELECT DISTINCT sha256 FROM crl_chunk WHERE issuer_id = ?").ConfigureAwait(false);
        List<ChangeDigest> used = await ReadAsync("SELECT DISTINCT sha256 FROM crl_file WHERE issuer_id = ?").ConfigureAwait(false);
        return [.. all.Except(used)];

        Task<List<ChangeDigest>> ReadAsync(string text) =>
            new RowReading(connection, cancellationToken).ReadAsync(text, row => ChangeDigest.From(row.GetFieldValue<byte[]>(0)), issuerId);
    }
}
