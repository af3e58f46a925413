using System.Data.Common;

namespace PkiCore.Galera.Feed;

/// <summary>A connection to one node that reads the heads of all histories, again and again. For one thread at a time.</summary>
internal sealed class HistoryConnection : IAsyncDisposable
{
    private const string Query =
        """
        SELECT i.name_hash, i.key_hash, h.issuer_id, h.last_change, h.last_digest, h.first_change, h.accepted_at
        FROM history AS h JOIN issuer AS i ON i.id = h.issuer_id
        """;

    private readonly DbConnection _connection;
    private readonly DbCommand _command;

    private HistoryConnection(GaleraNode node, DbConnection connection, DbCommand command) => (Node, _connection, _command) = (node, connection, command);

    public GaleraNode Node { get; }

    /// <param name="node">The node.</param>
    /// <param name="isCausal">Whether each reading waits until the node has applied all that was committed in the cluster before.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidDataException">The schema is not the one that this program knows; the message says what to do.</exception>
    public static async Task<HistoryConnection> OpenAsync(GaleraNode node, bool isCausal, CancellationToken cancellationToken)
    {
        DbConnection connection = await node.DataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (await GaleraSchema.FindProblemAsync(connection, cancellationToken).ConfigureAwait(false) is { } problem)
            {
                throw new InvalidDataException(problem);
            }

            await connection.ExecuteAsync(isCausal ? CausalSession.Begin : CausalSession.End, cancellationToken).ConfigureAwait(false);
            DbCommand command = connection.CreateCommand();
            command.CommandText = Query;
            await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
            return new HistoryConnection(node, connection, command);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task<Dictionary<IssuerKey, HistoryHead>> ReadAsync(CancellationToken cancellationToken)
    {
        var heads = new Dictionary<IssuerKey, HistoryHead>();
        DbDataReader reader = await _command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var key = new IssuerKey(ChangeDigest.From(reader.GetFieldValue<byte[]>(0)), ChangeDigest.From(reader.GetFieldValue<byte[]>(1)));
                heads[key] = new HistoryHead(
                    checked((uint)reader.GetInt64(2)),
                    reader.GetFieldValue<ulong>(3),
                    ChangeDigest.From(reader.GetFieldValue<byte[]>(4)),
                    reader.GetFieldValue<ulong>(5),
                    reader.IsDBNull(6) ? null : Time.FromColumn(reader.GetDateTime(6)));
            }
        }

        return heads;
    }

    public async ValueTask DisposeAsync()
    {
        await _command.DisposeAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }
}
