using System.Data.Common;

namespace PkiCore.Galera.Writing;

/// <summary>A connection that writes again and again: it keeps its statements prepared.</summary>
internal sealed class SqlSession(DbConnection connection) : IAsyncDisposable
{
    private const int MaxPrepared = 32;

    // Locks of other writers on this node are held for a few milliseconds.
    private const string Settings = "SET SESSION wsrep_sync_wait = 0, tx_isolation = 'READ-COMMITTED', innodb_lock_wait_timeout = 2";

    private readonly Dictionary<string, DbCommand> _prepared = [];
    private readonly Queue<string> _oldest = new();

    public DbConnection Connection => connection;

    /// <summary>Whether nothing is left over from the last transaction.</summary>
    public bool IsUsable { get; set; } = true;

    /// <summary>The transaction that commands belong to.</summary>
    public DbTransaction? Transaction { get; set; }

    public static async Task<SqlSession> OpenAsync(DbDataSource source, CancellationToken cancellationToken)
    {
        DbConnection connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await SqlCommands.ExecuteAsync(SqlCommands.Create(connection, transaction: null, Settings), cancellationToken).ConfigureAwait(false);
            return new SqlSession(connection);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <returns>How many rows were changed; one that is replaced by ON DUPLICATE KEY counts as two.</returns>
    public async Task<int> ExecuteAsync(string text, IReadOnlyList<object?> values, CancellationToken cancellationToken)
    {
        DbCommand command = await PrepareAsync(text, values, cancellationToken).ConfigureAwait(false);
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task ReadAsync(string text, IReadOnlyList<object?> values, Action<DbDataReader> read, CancellationToken cancellationToken)
    {
        DbCommand command = await PrepareAsync(text, values, cancellationToken).ConfigureAwait(false);
        DbDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                read(row);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (DbCommand command in _prepared.Values)
        {
            await command.DisposeAsync().ConfigureAwait(false);
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<DbCommand> PrepareAsync(string text, IReadOnlyList<object?> values, CancellationToken cancellationToken)
    {
        if (_prepared.TryGetValue(text, out DbCommand? command))
        {
            command.Transaction = Transaction;
            for (int i = 0; i < values.Count; i++)
            {
                command.Parameters[i].Value = values[i] ?? DBNull.Value;
            }

            return command;
        }

        if (_prepared.Count == MaxPrepared)
        {
            _ = _prepared.Remove(_oldest.Dequeue(), out DbCommand? forgotten);
            await forgotten!.DisposeAsync().ConfigureAwait(false);
        }

        command = SqlCommands.Create(connection, Transaction, text, [.. values]);
        try
        {
            await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await command.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        _prepared.Add(text, command);
        _oldest.Enqueue(text);
        return command;
    }
}
