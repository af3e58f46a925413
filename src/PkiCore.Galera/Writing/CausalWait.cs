using System.Data.Common;

namespace PkiCore.Galera.Writing;

/// <summary>Waits until a node knows all that was committed anywhere before the wait began.</summary>
internal static class CausalWait
{
    private const int LockWaitTimeout = 1205;

    /// <exception cref="DbException">The node has trouble.</exception>
    /// <exception cref="IOException">The node cannot tell now: another one may.</exception>
    public static async Task RunAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await ExecuteAsync(CausalSession.Begin).ConfigureAwait(false);
        DbCommand read = SqlCommands.Create(connection, transaction: null, "SELECT COUNT(*) FROM schema_version");
        await using (read.ConfigureAwait(false))
        {
            try
            {
                await read.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (DbException e) when (ServerError.Number(e) == LockWaitTimeout)
            {
                throw new IOException("it cannot tell now whether it knows the newest", e);
            }
        }

        await ExecuteAsync(CausalSession.End).ConfigureAwait(false);

        Task<int> ExecuteAsync(string text) => SqlCommands.ExecuteAsync(SqlCommands.Create(connection, transaction: null, text), cancellationToken);
    }
}
