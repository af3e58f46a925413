using System.Data.Common;
using PkiCore.Galera.Writing;

namespace PkiCore.Galera.Crls;

/// <summary>A transaction about the CRLs of one CA. For one thread.</summary>
/// <param name="Connection">Where.</param>
/// <param name="Transaction">Which.</param>
/// <param name="IssuerId">The CA.</param>
/// <param name="CancellationToken">Gives up.</param>
internal sealed record CrlTransaction(DbConnection Connection, DbTransaction Transaction, uint IssuerId, CancellationToken CancellationToken)
{
    public Task<int> ExecuteAsync(string text, params ReadOnlySpan<object?> values) =>
        SqlCommands.ExecuteAsync(SqlCommands.Create(Connection, Transaction, text, values), CancellationToken);

    public async Task<object?> ReadValueAsync(string text, params object?[] values)
    {
        DbCommand command = SqlCommands.Create(Connection, Transaction, text, values);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(CancellationToken).ConfigureAwait(false) is { } value and not DBNull ? value : null;
        }
    }

    public async Task<List<T>> ReadAsync<T>(string text, Func<DbDataReader, T> read, params object?[] values)
    {
        var rows = new List<T>();
        DbCommand command = SqlCommands.Create(Connection, Transaction, text, values);
        await using (command.ConfigureAwait(false))
        {
            DbDataReader row = await command.ExecuteReaderAsync(CancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(CancellationToken).ConfigureAwait(false))
                {
                    rows.Add(read(row));
                }
            }
        }

        return rows;
    }

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
}
