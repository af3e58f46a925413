using System.Data;
using System.Data.Common;
using System.Globalization;

namespace PkiCore.Galera.Crls;

/// <summary>
/// A transaction about the CRLs of one CA. For one thread. All its statements are prepared before it begins: while a statement is prepared inside of a transaction, a
/// node that has to roll it back for the sake of another one does not say so (MariaDB 10.11), and what follows happens outside of any transaction.
/// </summary>
internal sealed class CrlTransaction : IRowReader, IAsyncDisposable
{
    private const string IsOpen = "SELECT @@in_transaction";

    private readonly Dictionary<string, DbCommand> _commands = new(StringComparer.Ordinal);
    private DbTransaction? _transaction;

    private CrlTransaction(uint issuerId, CancellationToken cancellationToken) => (IssuerId, CancellationToken) = (issuerId, cancellationToken);

    /// <summary>The CA.</summary>
    public uint IssuerId { get; }

    public CancellationToken CancellationToken { get; }

    /// <param name="connection">Where.</param>
    /// <param name="issuerId">The CA.</param>
    /// <param name="statements">All that may be carried out.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<CrlTransaction> BeginAsync(DbConnection connection, uint issuerId, IEnumerable<string> statements, CancellationToken cancellationToken)
    {
        var transaction = new CrlTransaction(issuerId, cancellationToken);
        try
        {
            foreach (string statement in statements.Append(IsOpen).Distinct())
            {
                DbCommand command = SqlCommands.Create(connection, transaction: null, statement);
                transaction._commands.Add(statement, command);
                await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
            }

            transaction._transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
            return transaction;
        }
        catch
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Carries out one of the statements.</summary>
    /// <returns>How many rows it concerned.</returns>
    public Task<int> ExecuteAsync(string statement, params ReadOnlySpan<object?> values) => Fill(statement, values).ExecuteNonQueryAsync(CancellationToken);

    /// <inheritdoc/>
    public Task<List<T>> ReadAsync<T>(string statement, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values) => RowReading.ReadAsync(Fill(statement, values), read, CancellationToken);

    /// <summary>
    /// Makes sure that a lease is held when this transaction is committed, and not only now: the row is changed, so that of a takeover and this transaction one alone
    /// can be committed, on whatever nodes they are.
    /// </summary>
    /// <exception cref="InvalidDataException">The lease is another's.</exception>
    public async Task RequireAsync(LeaseTerm term)
    {
        if (!await LeaseRow.RaiseBeatAsync(this, term).ConfigureAwait(false))
        {
            throw new InvalidDataException($"the lease of epoch {term.Epoch} was lost to another publisher");
        }
    }

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
    }

    private DbCommand Fill(string statement, ReadOnlySpan<object?> values)
    {
        DbCommand command = _commands[statement];
        command.Transaction = _transaction;
        command.Parameters.Clear();
        foreach (object? value in values)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
