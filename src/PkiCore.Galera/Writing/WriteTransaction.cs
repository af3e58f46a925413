using System.Data;
using System.Data.Common;
using System.Globalization;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Galera.Writing;

/// <summary>The transaction that makes planned changes. Used once.</summary>
/// <param name="session">The connection.</param>
/// <param name="issuerId">The CA.</param>
/// <param name="options">Who writes.</param>
internal sealed class WriteTransaction(SqlSession session, uint issuerId, RevocationStoreOptions options)
{
    private const int RowsPerInsert = 250;

    private const string MoveHead = "UPDATE history SET last_change = ?, last_digest = ? WHERE issuer_id = ? AND last_change = ? AND last_digest = ?";

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

    /// <summary>From here on it is known only to the server whether the changes are made, until it says so.</summary>
    public bool IsCommitting { get; private set; }

    /// <summary>Makes the changes, or none when somebody else has changed the history since it was read.</summary>
    /// <param name="before">The head of the history as it was read.</param>
    /// <param name="plan">What follows from that.</param>
    /// <param name="now">The time of the change, for the log of changes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<bool> RunAsync(ChainEnd before, ChangePlan plan, DateTimeOffset now, CancellationToken cancellationToken)
    {
        IReadOnlyList<(string Text, object?[] Values)> inserts = [.. InsertStatements(plan.Changes, now)];
        (string certificates, object?[] values, int rows) = CertificateStatement(before, plan);
        (string, int)[] statements = [(MoveHead, 5), .. inserts.Select(insert => (insert.Text, insert.Values.Length)), (certificates, values.Length), (PreparedTransaction.IsOpen, 0)];
        await session.PrepareAsync(statements, cancellationToken).ConfigureAwait(false); // never inside of the transaction, see PreparedTransaction
        DbTransaction transaction = await session.Connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        session.Transaction = transaction;
        bool isCommitted = false;
        try
        {
            await using (transaction.ConfigureAwait(false))
            {
                try
                {
                    if (await MoveHeadAsync(before, plan.Head, cancellationToken).ConfigureAwait(false))
                    {
                        foreach ((string text, object?[] rowValues) in inserts)
                        {
                            await session.ExecuteAsync(text, rowValues, cancellationToken).ConfigureAwait(false);
                        }

                        await WriteCertificatesAsync(certificates, values, rows, cancellationToken).ConfigureAwait(false);
                        await RequireOpenAsync(cancellationToken).ConfigureAwait(false);
                        IsCommitting = true;
                        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                        isCommitted = true;
                    }

                    return isCommitted;
                }
                finally
                {
                    session.IsUsable &= isCommitted || await TryRollBackAsync(transaction).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            session.Transaction = null;
        }
    }

    /// <summary>A transaction that is still open would be committed by the beginning of the next one: without this the connection is not used again.</summary>
    private async Task<bool> TryRollBackAsync(DbTransaction transaction)
    {
        try
        {
            if (session.Connection.State != ConnectionState.Open)
            {
                return false;
            }

            await transaction.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
            return true;
        }
#pragma warning disable CA1031 // Do not catch general exception types: what went wrong before counts
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    /// <summary>
    /// Moves the head first of all, from where it was read. Whoever else moves it, on whatever node, has to wait and finds it elsewhere, or loses at the commit:
    /// so the numbers are given out in the order of the commits, and what was read still holds.
    /// </summary>
    private async Task<bool> MoveHeadAsync(ChainEnd before, ChainEnd after, CancellationToken cancellationToken) => await session.ExecuteAsync(
        MoveHead,
        [after.LastChange, after.LastDigest.ToArray(), issuerId, before.LastChange, before.LastDigest.ToArray()],
        cancellationToken).ConfigureAwait(false) == 1;

    /// <summary>Whatever the provider does: what is said to be committed is.</summary>
    /// <exception cref="TransactionGoneException">The server does not know of the transaction any more.</exception>
    private async Task RequireOpenAsync(CancellationToken cancellationToken)
    {
        bool isOpen = false;
        await session.ReadAsync(PreparedTransaction.IsOpen, [], row => isOpen = Convert.ToInt64(row.GetValue(0), CultureInfo.InvariantCulture) == 1, cancellationToken).ConfigureAwait(false);
        if (!isOpen)
        {
            throw new TransactionGoneException();
        }
    }

    private IEnumerable<(string Text, object?[] Values)> InsertStatements(IReadOnlyList<PlannedChange> changes, DateTimeOffset now)
    {
        DateTime madeAt = Time.ToColumn(now);
        return changes.Chunk(RowsPerInsert).Select(part => (InsertChanges + SqlCommands.Repeat(_row, part.Length), part.SelectMany(change => RowOf(change, madeAt)).ToArray()));
    }

    private object?[] RowOf(in PlannedChange change, DateTime madeAt)
    {
        StatusChange state = change.Record.State;
        return
        [
            change.Record.Number,
            change.Record.OperationId.ToByteArray(bigEndian: true),
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
    }

    /// <summary>Lets the certificates say what the new changes say; of several changes of one certificate the last one counts.</summary>
    private (string Text, object?[] Values, int Rows) CertificateStatement(ChainEnd head, ChangePlan plan)
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
        int expected = last.Count + (last.Count - isNew.Count); // an update counts as two
        return isOver ? (text + OverEarlierOnes, [.. values, before, before, before, before, before], expected) : (text, values, expected);
    }

    private async Task WriteCertificatesAsync(string text, object?[] values, int expected, CancellationToken cancellationToken)
    {
        int rows = await session.ExecuteAsync(text, values, cancellationToken).ConfigureAwait(false);
        if (rows != expected)
        {
            throw new InvalidDataException($"certificates changed without a change in their history: {rows} of {expected} rows were written");
        }
    }

    private static byte? ReasonOf(in CertificateStatus status) => status.IsRevoked ? (byte)status.Reason : null;

    private static DateTime? TimeOf(DateTimeOffset? time) => time is { } value ? Time.ToColumn(value) : null;
}
