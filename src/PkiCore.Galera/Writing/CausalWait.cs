using System.Data.Common;

namespace PkiCore.Galera.Writing;

/// <summary>Waits until a node knows all that was committed anywhere before the wait began.</summary>
internal static class CausalWait
{
    /// <exception cref="DbException">The node cannot tell now (1205).</exception>
    public static async Task RunAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await ExecuteAsync("SET SESSION wsrep_sync_wait = 1").ConfigureAwait(false);
        DbCommand read = SqlCommands.Create(connection, transaction: null, "SELECT COUNT(*) FROM schema_version");
        await using (read.ConfigureAwait(false))
        {
            await read.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }

        await ExecuteAsync("SET SESSION wsrep_sync_wait = 0").ConfigureAwait(false);

        Task<int> ExecuteAsync(string text) => SqlCommands.ExecuteAsync(SqlCommands.Create(connection, transaction: null, text), cancellationToken);
    }
}
