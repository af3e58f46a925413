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

    /// <summary>Reads a value; <see langword="null"/> when there is no row.</summary>
    public async Task<T?> ReadValueAsync<T>(string text, Func<DbDataReader, T> read, params object?[] values)
        where T : class =>
        (await ReadAsync(text, read, values).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>
    /// Reads rows, always to the end: that the transaction lost against another one may be said behind the last row, and who does not hear it goes on outside of any
    /// transaction.
    /// </summary>
    public Task<List<T>> ReadAsync<T>(string text, Func<DbDataReader, T> read, params object?[] values) =>
        PublicationRows.ReadAsync(Connection, Transaction, text, read, values, CancellationToken);

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
