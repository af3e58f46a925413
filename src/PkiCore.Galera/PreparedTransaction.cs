using System.Data;
using System.Data.Common;
using System.Globalization;

namespace PkiCore.Galera;

/// <summary>
/// A transaction whose statements are all prepared before it begins: while a statement is prepared inside of a transaction, a node that has to roll it back for the
/// sake of another one does not say so (MariaDB 10.11), and what follows happens outside of any transaction. For one thread.
/// </summary>
internal class PreparedTransaction : IRowReader, IAsyncDisposable
{
    /// <summary>Asks whether the server still knows of the transaction: 1 when it does.</summary>
    public const string IsOpen = "SELECT @@in_transaction";

    private readonly Dictionary<string, DbCommand> _commands = new(StringComparer.Ordinal);
    private DbTransaction? _transaction;

    protected PreparedTransaction(CancellationToken cancellationToken) => CancellationToken = cancellationToken;

    public CancellationToken CancellationToken { get; }

    /// <param name="connection">Where.</param>
    /// <param name="statements">All that may be carried out.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<PreparedTransaction> BeginAsync(DbConnection connection, IEnumerable<string> statements, CancellationToken cancellationToken)
    {
        var transaction = new PreparedTransaction(cancellationToken);
        await transaction.PrepareAndBeginAsync(connection, statements).ConfigureAwait(false);
        return transaction;
    }

    /// <summary>Carries out one of the statements.</summary>
    /// <returns>How many rows it concerned.</returns>
    public Task<int> ExecuteAsync(string statement, params ReadOnlySpan<object?> values) => Fill(statement, values).ExecuteNonQueryAsync(CancellationToken);

    /// <inheritdoc/>
    public Task<List<T>> ReadAsync<T>(string statement, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values) => RowReading.ReadAsync(Fill(statement, values), read, CancellationToken);

    /// <exception cref="TransactionGoneException">The server does not know of it any more.</exception>
    public async Task CommitAsync()
    {
        List<long> isOpen = await ReadAsync(IsOpen, row => Convert.ToInt64(row.GetValue(0), CultureInfo.InvariantCulture)).ConfigureAwait(false);
        if (isOpen is not [1])
        {
            throw new TransactionGoneException(); // whatever the provider does: what is said to be committed is
        }

        await _transaction!.CommitAsync(CancellationToken).ConfigureAwait(false);
    }

    /// <summary>Rolls back what was not committed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_transaction is not null)
        {
            await _transaction.DisposeAsync().ConfigureAwait(false);
        }

        foreach (DbCommand command in _commands.Values)
        {
            await command.DisposeAsync().ConfigureAwait(false);
        }

        GC.SuppressFinalize(this);
    }

    protected async Task PrepareAndBeginAsync(DbConnection connection, IEnumerable<string> statements)
    {
        try
        {
            foreach (string statement in statements.Append(IsOpen).Distinct())
            {
                DbCommand command = SqlCommands.Create(connection, transaction: null, statement);
                _commands.Add(statement, command);
                await command.PrepareAsync(CancellationToken).ConfigureAwait(false);
            }

            _transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, CancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private DbCommand Fill(string statement, ReadOnlySpan<object?> values)
    {
        DbCommand command = _commands[statement];
        command.Transaction = _transaction;
        command.Parameters.Clear();
        foreach (object? value in values)
        {
            SqlCommands.Add(command, value);
        }

        return command;
    }
}
