using System.Data.Common;

namespace PkiCore.Galera.Writing;

/// <summary>A connection that writes again and again: it keeps its statements prepared.</summary>
internal sealed class SqlSession(DbConnection connection) : IAsyncDisposable
{
    private const int MaxPrepared = 32; // or as many as one transaction needs

    // Locks of other writers on this node are held for a few milliseconds.
    private const string Settings = "SET SESSION wsrep_sync_wait = 0, tx_isolation = 'READ-COMMITTED', innodb_lock_wait_timeout = 2";

    private readonly Dictionary<string, DbCommand> _prepared = [];
    private readonly List<string> _oldest = []; // first

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

    /// <summary>Prepares all that a transaction may carry out: before it begins, see <see cref="PreparedTransaction"/>.</summary>
    /// <param name="texts">The statements, with how many values each has.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task PrepareAsync(IReadOnlyCollection<(string Text, int Values)> texts, CancellationToken cancellationToken)
    {
        HashSet<string> needed = [.. texts.Select(statement => statement.Text)];
        foreach ((string text, int values) in texts)
        {
            await PrepareAsync(text, new object?[values], cancellationToken, needed).ConfigureAwait(false);
        }
    }

    private async ValueTask<DbCommand> PrepareAsync(string text, IReadOnlyList<object?> values, CancellationToken cancellationToken, HashSet<string>? needed = null)
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

        if (Transaction is not null)
        {
            throw new InvalidOperationException("A statement was not prepared before its transaction began.");
        }

        while (_prepared.Count >= MaxPrepared && _oldest.FirstOrDefault(old => needed?.Contains(old) != true) is { } oldest)
        {
            _oldest.Remove(oldest);
            _ = _prepared.Remove(oldest, out DbCommand? forgotten);
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
        _oldest.Add(text);
        return command;
    }
}
