using System.Data.Common;

namespace PkiCore.Galera.Writing;

/// <summary>The connection of one writer: kept while there is more to write, on the node that is nearest.</summary>
internal sealed class WriterConnection : IAsyncDisposable
{
    private GaleraNode? _node;
    private DbConnection? _connection;

    public async ValueTask<DbConnection> GetAsync(GaleraNode node, CancellationToken cancellationToken)
    {
        if (_connection is not null && ReferenceEquals(_node, node))
        {
            return _connection;
        }

        await DisposeAsync().ConfigureAwait(false);
        DbConnection connection = await node.DataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        (_node, _connection) = (node, connection);
        return connection;
    }

    /// <summary>Gives it back, or away.</summary>
    public async ValueTask DisposeAsync()
    {
        DbConnection? connection = _connection;
        (_node, _connection) = (null, null);
        if (connection is not null)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }
}
