namespace PkiCore.Galera.Writing;

/// <summary>The connection of one writer: kept for a while, on the node that is nearest.</summary>
internal sealed class WriterConnection : IAsyncDisposable
{
    private GaleraNode? _node;
    private SqlSession? _session;

    public async ValueTask<SqlSession> GetAsync(GaleraNode node, CancellationToken cancellationToken)
    {
        if (_session is not null && ReferenceEquals(_node, node))
        {
            return _session;
        }

        await DisposeAsync().ConfigureAwait(false);
        SqlSession session = await SqlSession.OpenAsync(node.DataSource, cancellationToken).ConfigureAwait(false);
        (_node, _session) = (node, session);
        return session;
    }

    /// <summary>Gives it back, or away.</summary>
    public async ValueTask DisposeAsync()
    {
        SqlSession? session = _session;
        (_node, _session) = (null, null);
        if (session is not null)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }
}
