using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using PkiCore.Status;

namespace PkiCore.Galera.Feed;

/// <summary>Reads the state of all certificates of a CA in one transaction, row by row: nothing is kept, however many there are.</summary>
internal sealed class CompleteReading(GaleraCluster cluster, GaleraNode node, uint issuerId, string issuerName, ILogger logger)
{
    private const int PartSize = 512; // parts stay out of the heap of large objects

    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30); // between two parts: a node that is busy with a large scan
    private static readonly TimeSpan s_reportInterval = TimeSpan.FromSeconds(5);

    /// <summary>Reads everything.</summary>
    /// <param name="compareFrom">Only compares: what has changed since this position is told as changes first; <see langword="null"/>: all of it is news.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Parts of the complete state, the last of which has the position.</returns>
    public async IAsyncEnumerable<StatusBatch> ReadAsync(HistoryPosition? compareFrom, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(s_longestPause, cluster.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        DbConnection connection = await node.DataSource.OpenConnectionAsync(either.Token).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await connection.ExecuteAsync(CausalSession.Begin, either.Token).ConfigureAwait(false);
            await connection.ExecuteAsync("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", either.Token).ConfigureAwait(false); // with any other there is no snapshot
            long began = cluster.TimeProvider.GetTimestamp();
            DateTimeOffset watermark = cluster.TimeProvider.GetUtcNow(); // before anything is read: DESIGN rule 1
            await connection.ExecuteAsync("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", either.Token).ConfigureAwait(false);
            HistoryPosition end = await ReadHeadAsync(connection, either.Token).ConfigureAwait(false);

            HistoryPosition? position = compareFrom;
            while (position is not null && position.Number < end.Number)
            {
                ChangePage page = await ChangePage.ReadAsync(connection, issuerId, position, either.Token).ConfigureAwait(false);
                position = page is { Fault: null, Changes.Count: > 0 } ? page.End : throw page.Unreadable ?? new InvalidDataException(page.Fault ?? $"change {position.Number + 1} is missing");
                yield return new StatusBatch { Changes = page.Changes, Verdict = StatusVerdict.Stale, Watermark = watermark, Position = position.ToSourcePosition() };
            }

            if (position is not null && (position.Number != end.Number || position.Digest != end.Digest))
            {
                throw new InvalidDataException($"change {position.Number} was read before, and is not in the history that ends with {end.Number}");
            }

            SourcePosition meanwhile = position?.ToSourcePosition() ?? default; // a comparison that ends early has taken nothing back

            long count = 0, reported = began;
            await foreach (StatusChange[] part in ReadPartsAsync(connection, either.Token).ConfigureAwait(false))
            {
                deadline.CancelAfter(s_longestPause);
                count += part.Length;
                if (cluster.TimeProvider.GetElapsedTime(reported) >= s_reportInterval)
                {
                    reported = cluster.TimeProvider.GetTimestamp();
                    Log.Loading(logger, issuerName, count, node.Name);
                }

                yield return new StatusBatch { Changes = part, Kind = StatusBatchKind.CompleteState, Watermark = watermark, Position = meanwhile, IsComparison = compareFrom is not null };
            }

            await connection.ExecuteAsync("COMMIT", either.Token).ConfigureAwait(false);
            TimeSpan duration = cluster.TimeProvider.GetElapsedTime(began);
            Log.Loaded(logger, issuerName, count, node.Name, duration, end.Number);
            yield return new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = watermark, Position = end.ToSourcePosition(), IsComparison = compareFrom is not null };
        }
    }

    private async Task<HistoryPosition> ReadHeadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        DbCommand command = SqlCommands.Create(connection, transaction: null, "SELECT last_change, last_digest, accepted_at FROM history WHERE issuer_id = ?", issuerId);
        await using (command.ConfigureAwait(false))
        {
            DbDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                return await row.ReadAsync(cancellationToken).ConfigureAwait(false)
                    ? new HistoryPosition(row.GetFieldValue<ulong>(0), ChangeDigest.From(row.GetFieldValue<byte[]>(1)), row.IsDBNull(2) ? null : Time.FromColumn(row.GetDateTime(2)))
                    : throw new InvalidDataException($"there is no history of issuer {issuerId}");
            }
        }
    }

    private async IAsyncEnumerable<StatusChange[]> ReadPartsAsync(DbConnection connection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        DbCommand command = SqlCommands.Create(connection, transaction: null, $"SELECT {StatusColumns.List} FROM certificate WHERE issuer_id = ?", issuerId);
        await using (command.ConfigureAwait(false))
        {
            command.CommandTimeout = 0; // the pauses between parts are bounded instead
            DbDataReader rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (rows.ConfigureAwait(false))
            {
                var columns = new StatusColumns();
                var part = new StatusChange[PartSize];
                int count = 0;
                while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    part[count++] = columns.Read(rows);
                    if (count == PartSize)
                    {
                        yield return part;
                        (part, count) = (new StatusChange[PartSize], 0);
                    }
                }

                if (count > 0)
                {
                    yield return part[..count];
                }
            }
        }
    }
}
