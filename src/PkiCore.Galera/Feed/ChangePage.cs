using System.Data.Common;
using System.Globalization;
using PkiCore.Status;

namespace PkiCore.Galera.Feed;

/// <summary>Changes that follow a position, proven to go on from there.</summary>
/// <param name="Changes">The changes, in order.</param>
/// <param name="End">The position behind them.</param>
/// <param name="Fault">Why what comes next is another history; <see langword="null"/> when all went well.</param>
/// <param name="Unreadable">What is wrong with the change that comes next, which nobody can read; <see langword="null"/> when all went well.</param>
/// <param name="IsFull">Whether there may be more.</param>
internal sealed record ChangePage(IReadOnlyList<StatusChange> Changes, HistoryPosition End, string? Fault, InvalidDataException? Unreadable, bool IsFull)
{
    private const int Size = 500;

    private const string Query =
        $"SELECT number, operation_id, digest, {StatusColumns.List} FROM status_change WHERE issuer_id = ? AND number > ? ORDER BY number LIMIT 500";

    /// <summary>Whether what comes next was pruned, perhaps while it was being read: no other history, but everything is to be read again.</summary>
    public bool IsPruned { get; private init; }

    /// <summary>Reads what comes after a position.</summary>
    /// <param name="connection">A connection to any node; what it has not applied yet is not in the page.</param>
    /// <param name="issuerId">The CA.</param>
    /// <param name="position">Where to begin.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<ChangePage> ReadAsync(DbConnection connection, uint issuerId, HistoryPosition position, CancellationToken cancellationToken)
    {
        var changes = new List<StatusChange>();
        var columns = new StatusColumns();
        string? fault = null;
        InvalidDataException? unreadable = null;
        DbCommand command = SqlCommands.Create(connection, transaction: null, Query, issuerId, position.Number);
        await using (command.ConfigureAwait(false))
        {
            DbDataReader rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (rows.ConfigureAwait(false))
            {
                while (fault is null && unreadable is null && await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    StatusChange state;
                    try
                    {
                        state = columns.Read(rows, 3);
                    }
                    catch (InvalidDataException e)
                    {
                        unreadable = e; // those before it count all the same
                        continue;
                    }

                    var record = new ChangeRecord(rows.GetFieldValue<ulong>(0), new Guid(rows.GetFieldValue<byte[]>(1), bigEndian: true), state);
                    ChangeDigest digest = position.Digest.Next(record);
                    fault = record.Number != position.Number + 1 ? $"change {position.Number + 1} is missing: after {position.Number} comes {record.Number}"
                        : digest != ChangeDigest.From(rows.GetFieldValue<byte[]>(2)) ? $"change {record.Number} does not go on from the change {position.Number} that was read before"
                        : null;
                    if (fault is null)
                    {
                        changes.Add(record.State);
                        position = position with { Number = record.Number, Digest = digest };
                    }
                }
            }
        }

        bool isPruned = fault is not null && await ReadFirstAsync(connection, issuerId, cancellationToken).ConfigureAwait(false) > position.Number + 1;
        return new ChangePage(changes, position, isPruned ? $"what comes after change {position.Number} was pruned meanwhile" : fault, unreadable, IsFull: changes.Count == Size) { IsPruned = isPruned };
    }

    private static async Task<ulong> ReadFirstAsync(DbConnection connection, uint issuerId, CancellationToken cancellationToken)
    {
        DbCommand command = SqlCommands.Create(connection, transaction: null, "SELECT first_change FROM history WHERE issuer_id = ?", issuerId);
        await using (command.ConfigureAwait(false))
        {
            return Convert.ToUInt64(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
        }
    }
}
