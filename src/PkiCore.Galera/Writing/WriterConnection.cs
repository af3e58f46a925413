namespace PkiCore.Galera.Writing;

/// <summary>The connection of one writer: kept for a while, on the node that is nearest.</summary>
internal sealed class WriterConnection : IAsyncDisposable
{
    private GaleraNode? _node;
    private SqlSession? _session;

    public async ValueTask<SqlSession> GetAsync(GaleraNode node, CancellationToken cancellationToken)
    {
        if (_session is { IsUsable: true } && ReferenceEquals(_node, node))
        {
            return _session;
        }

        await DisposeAsync().ConfigureAwait(false);
        SqlSession session = await SqlSession.OpenAsync(node.DataSource, cancellationToken).ConfigureAwait(false);
        (_node, _session) = (node, session);
        return session;
    }

    /// <summary>Gives it back, or away. Never throws: a provider that cannot even close a connection does not stop the writer.</summary>
    public async ValueTask DisposeAsync()
    {
        SqlSession? session = _session;
        (_node, _session) = (null, null);
        if (session is not null)
        {
            try
            {
                await session.DisposeAsync().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Do not catch general exception types: what a provider throws is its own affair, and nothing is left to be done about it
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }
}
