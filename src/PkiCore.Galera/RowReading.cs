using System.Data.Common;

namespace PkiCore.Galera;

/// <summary>Reads rows, inside of a transaction or not.</summary>
internal interface IRowReader
{
    /// <summary>Reads all rows of a statement.</summary>
    Task<List<T>> ReadAsync<T>(string statement, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values);
}

/// <summary>Reads rows outside of any transaction.</summary>
internal sealed class RowReading(DbConnection connection, CancellationToken cancellationToken) : IRowReader
{
    /// <inheritdoc/>
    public Task<List<T>> ReadAsync<T>(string statement, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values) => ReadAndDisposeAsync(SqlCommands.Create(connection, transaction: null, statement, values), read);

    /// <summary>To the end always: that the transaction lost against another one may be said behind the last row.</summary>
    public static async Task<List<T>> ReadAsync<T>(DbCommand command, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        DbDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                rows.Add(read(row));
            }
        }

        return rows;
    }

    private async Task<List<T>> ReadAndDisposeAsync<T>(DbCommand command, Func<DbDataReader, T> read)
    {
        await using (command.ConfigureAwait(false))
        {
            return await ReadAsync(command, read, cancellationToken).ConfigureAwait(false);
        }
    }
}
