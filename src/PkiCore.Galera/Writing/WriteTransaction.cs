using System.Data;
using System.Data.Common;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Galera.Writing;

/// <summary>One transaction on the history of one CA. Used once, by one thread.</summary>
/// <param name="connection">The connection.</param>
/// <param name="issuerId">The CA.</param>
/// <param name="options">Who writes.</param>
internal sealed class WriteTransaction(DbConnection connection, uint issuerId, RevocationStoreOptions options)
{
    /// <summary>Below the number of values from which on the server makes a join of an IN list.</summary>
    private const int ValuesPerRead = 500;

    private const int RowsPerInsert = 250;

    private const string InsertChanges = "INSERT INTO status_change (issuer_id, number, operation_id, digest, " + StatusColumns.List + ", old_status, old_reason, actor, host, made_at) VALUES ";

    private const string WriteCertificates =
        $"""
        INSERT INTO certificate (issuer_id, {StatusColumns.List}, last_change)
        SELECT issuer_id, {StatusColumns.List}, number FROM status_change WHERE issuer_id = ? AND number BETWEEN ? AND ?
        """;

    // A certificate whose last change is not from before this transaction is left alone, and the count of rows tells of it. The last assignment comes last:
    // the others look at the old value.
    private const string OverEarlierOnes =
        """
         ON DUPLICATE KEY UPDATE
        status = IF(certificate.last_change <= ?, VALUES(status), certificate.status),
        reason = IF(certificate.last_change <= ?, VALUES(reason), certificate.reason),
        revoked_at = IF(certificate.last_change <= ?, VALUES(revoked_at), certificate.revoked_at),
        invalidity_date = IF(certificate.last_change <= ?, VALUES(invalidity_date), certificate.invalidity_date),
        last_change = IF(certificate.last_change <= ?, VALUES(last_change), certificate.last_change)
        """;

    private readonly string _row = $"({SqlCommands.Text(issuerId)},{SqlCommands.Repeat("?", 3 + StatusColumns.Count + 5)})";
    private readonly StatusColumns _columns = new();
    private DbTransaction? _transaction;

    /// <summary>From here on it is known only to the server whether the changes are made, until it says so.</summary>
    public bool IsCommitting { get; private set; }

    /// <summary>Does operations, or finds that they change nothing.</summary>
    /// <param name="operations">The operations.</param>
    /// <param name="now">The time of the change, for the log of changes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ChangePlan> RunAsync(IReadOnlyList<RequestedOperation> operations, DateTimeOffset now, CancellationToken cancellationToken)
    {
        _transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using (_transaction.ConfigureAwait(false))
        {
            HistoryHead head = await LockHeadAsync(cancellationToken).ConfigureAwait(false);
            Dictionary<Guid, StoredOperation> known = await ReadKnownAsync(operations, cancellationToken).ConfigureAwait(false);
            Dictionary<SerialNumber, KnownCertificate> certificates = await ReadCertificatesAsync(operations, cancellationToken).ConfigureAwait(false);
            var plan = ChangePlan.Create(head, operations, known, certificates);
            if (plan.Changes.Count == 0)
            {
                await _transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
                return plan;
            }

            await InsertChangesAsync(plan.Changes, now, cancellationToken).ConfigureAwait(false);
            await WriteCertificatesAsync(head, plan, cancellationToken).ConfigureAwait(false);
            await WriteHeadAsync(plan.Head, cancellationToken).ConfigureAwait(false);
            IsCommitting = true;
            await _transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return plan;
        }
    }

    /// <summary>
    /// Changes the head first of all. Whoever else changes it, on whatever node, has to wait or loses: so the numbers are given out in the order of the commits.
    /// A statement that changed nothing would not be certified.
    /// </summary>
    private async Task<HistoryHead> LockHeadAsync(CancellationToken cancellationToken)
    {
        int rows = await ExecuteAsync("UPDATE history SET last_change = last_change + 1 WHERE issuer_id = ?", [issuerId], cancellationToken).ConfigureAwait(false);
        if (rows != 1)
        {
            throw new RevocationStoreException("the CA has no history any more");
        }

        DbCommand command = SqlCommands.Create(connection, _transaction, "SELECT last_change, last_digest FROM history WHERE issuer_id = ?", issuerId);
        await using (command.ConfigureAwait(false))
        {
            DbDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                await row.ReadAsync(cancellationToken).ConfigureAwait(false);
                return new HistoryHead(row.GetFieldValue<ulong>(0) - 1, ChangeDigest.From(row.GetFieldValue<byte[]>(1)));
            }
        }
    }

    private async Task<Dictionary<Guid, StoredOperation>> ReadKnownAsync(IReadOnlyList<RequestedOperation> operations, CancellationToken cancellationToken)
    {
        var known = new Dictionary<Guid, StoredOperation>();
        foreach (RequestedOperation[] part in operations.Chunk(ValuesPerRead))
        {
            string text = $"SELECT issuer_id, operation_id, number, old_status, {StatusColumns.List} FROM status_change WHERE operation_id IN ({SqlCommands.Repeat("?", part.Length)})";
            DbCommand command = SqlCommands.Create(connection, _transaction, text, [.. part.Select(requested => (object)ToColumn(requested.Operation.OperationId))]);
            await ReadAsync(command, row =>
            {
                var id = new Guid(row.GetFieldValue<byte[]>(1), bigEndian: true);
                known.Add(id, new StoredOperation(new ChangeRecord(row.GetFieldValue<ulong>(2), id, _columns.Read(row, 4)), row.GetFieldValue<uint>(0) == issuerId, !row.IsDBNull(3)));
            }, cancellationToken).ConfigureAwait(false);
        }

        return known;
    }

    /// <summary>Locks them too: what is decided here is decided on the newest.</summary>
    private async Task<Dictionary<SerialNumber, KnownCertificate>> ReadCertificatesAsync(IReadOnlyList<RequestedOperation> operations, CancellationToken cancellationToken)
    {
        var certificates = new Dictionary<SerialNumber, KnownCertificate>();
        foreach (SerialNumber[] part in operations.Select(requested => requested.Operation.Serial).Distinct().Chunk(ValuesPerRead))
        {
            string text = $"SELECT {StatusColumns.List}, last_change FROM certificate WHERE issuer_id = {SqlCommands.Text(issuerId)} AND serial IN ({SqlCommands.Repeat("?", part.Length)}) FOR UPDATE";
            DbCommand command = SqlCommands.Create(connection, _transaction, text, [.. part.Select(SerialColumn.TryWrite)]);
            await ReadAsync(command, row =>
            {
                StatusChange state = _columns.Read(row);
                certificates.Add(state.Serial, new KnownCertificate(state, row.GetFieldValue<ulong>(StatusColumns.Count)));
            }, cancellationToken).ConfigureAwait(false);
        }

        return certificates;
    }

    private async Task InsertChangesAsync(IReadOnlyList<PlannedChange> changes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        DateTime madeAt = Time.ToColumn(now);
        foreach (PlannedChange[] part in changes.Chunk(RowsPerInsert))
        {
            DbCommand command = SqlCommands.Create(connection, _transaction, InsertChanges + SqlCommands.Repeat(_row, part.Length));
            foreach (PlannedChange change in part)
            {
                AddRow(command, change, madeAt);
            }

            await SqlCommands.ExecuteAsync(command, cancellationToken).ConfigureAwait(false);
        }
    }

    private void AddRow(DbCommand command, in PlannedChange change, DateTime madeAt)
    {
        StatusChange state = change.Record.State;
        object?[] values =
        [
            change.Record.Number,
            ToColumn(change.Record.OperationId),
            change.Digest.ToArray(),
            SerialColumn.TryWrite(state.Serial),
            CertificateState.Of(state.Status),
            ReasonOf(state.Status),
            TimeOf(state.Status.RevocationTime),
            TimeOf(state.Status.InvalidityDate),
            Time.ToColumn(state.NotAfter),
            state.CrlShard,
            state.IsCA switch { null => null, true => (byte)1, false => (byte)0 },
            change.Before is { } before ? CertificateState.Of(before) : null,
            change.Before is { } earlier ? ReasonOf(earlier) : null,
            change.Actor ?? options.Actor,
            options.Host,
            madeAt,
        ];
        foreach (object? value in values)
        {
            SqlCommands.Add(command, value);
        }
    }

    /// <summary>Lets the certificates say what the new changes say; of several changes of one certificate the last one counts.</summary>
    private async Task WriteCertificatesAsync(HistoryHead head, ChangePlan plan, CancellationToken cancellationToken)
    {
        var last = new Dictionary<SerialNumber, PlannedChange>(plan.Changes.Count);
        var isNew = new HashSet<SerialNumber>();
        foreach (PlannedChange change in plan.Changes)
        {
            last[change.Record.State.Serial] = change;
            if (change.Before is null)
            {
                isNew.Add(change.Record.State.Serial);
            }
        }

        string text = WriteCertificates;
        if (last.Count < plan.Changes.Count)
        {
            text += $" AND number IN ({string.Join(',', last.Values.Select(change => SqlCommands.Text(change.Record.Number)))})";
        }

        ulong before = head.LastChange;
        object?[] values = [issuerId, before + 1, plan.Head.LastChange];
        bool isOver = isNew.Count < last.Count;
        int rows = await ExecuteAsync(isOver ? text + OverEarlierOnes : text, isOver ? [.. values, before, before, before, before, before] : values, cancellationToken).ConfigureAwait(false);
        int expected = last.Count + (last.Count - isNew.Count); // an update counts as two
        if (rows != expected)
        {
            throw new InvalidDataException($"certificates changed without a change in their history: {rows} of {expected} rows were written");
        }
    }

    private async Task WriteHeadAsync(HistoryHead head, CancellationToken cancellationToken) =>
        await ExecuteAsync("UPDATE history SET last_change = ?, last_digest = ? WHERE issuer_id = ?", [head.LastChange, head.LastDigest.ToArray(), issuerId], cancellationToken).ConfigureAwait(false);

    private Task<int> ExecuteAsync(string text, object?[] values, CancellationToken cancellationToken) =>
        SqlCommands.ExecuteAsync(SqlCommands.Create(connection, _transaction, text, values), cancellationToken);

    private static async Task ReadAsync(DbCommand command, Action<DbDataReader> read, CancellationToken cancellationToken)
    {
        await using (command.ConfigureAwait(false))
        {
            DbDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    read(row);
                }
            }
        }
    }

    private static byte[] ToColumn(Guid id) => id.ToByteArray(bigEndian: true);

    private static byte? ReasonOf(in CertificateStatus status) => status.IsRevoked ? (byte)status.Reason : null;

    private static DateTime? TimeOf(DateTimeOffset? time) => time is { } value ? Time.ToColumn(value) : null;
}
