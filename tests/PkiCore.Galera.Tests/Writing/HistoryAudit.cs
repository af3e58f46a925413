using System.Data.Common;
using PkiCore.Galera.Writing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Galera.Tests.Writing;

/// <summary>Reads a whole history as an edge may, and compares everything that must fit together.</summary>
internal static class HistoryAudit
{
    /// <param name="source">A node; it may be behind the others, and is asked to catch up.</param>
    /// <param name="issuer">Whose history it is.</param>
    /// <param name="count">How many changes there have to be.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task CheckAsync(DbDataSource source, Issuer issuer, long count, CancellationToken cancellationToken)
    {
        await using DbConnection connection = await source.OpenConnectionAsync(cancellationToken);
        await CausalWait.RunAsync(connection, cancellationToken);
        uint id = await IssuerRows.FindAsync(connection, issuer, cancellationToken) ?? throw new InvalidOperationException("There is no such CA.");
        (ChainEnd head, ulong first, ChangeDigest digest) = await ReadHeadAsync(connection, id, cancellationToken);
        var columns = new StatusColumns();
        var states = new Dictionary<SerialNumber, KnownCertificate>();
        ulong expected = first;
        await ReadAsync(connection, $"SELECT number, operation_id, digest, {StatusColumns.List} FROM status_change WHERE issuer_id = {id} ORDER BY number", row =>
        {
            StatusChange state = columns.Read(row, 3);
            var record = new ChangeRecord(row.GetFieldValue<ulong>(0), new Guid(row.GetFieldValue<byte[]>(1), bigEndian: true), state);
            Assert.Equal(expected++, record.Number);
            digest = digest.Next(record);
            Assert.Equal(digest, ChangeDigest.From(row.GetFieldValue<byte[]>(2)));
            states[state.Serial] = new KnownCertificate(state, record.Number);
        }, cancellationToken);
        Assert.Equal(head, new ChainEnd(expected - 1, digest));
        Assert.Equal((ulong)count, expected - first);
        if (first == 1)
        {
            var certificates = new Dictionary<SerialNumber, KnownCertificate>();
            await ReadAsync(connection, $"SELECT {StatusColumns.List}, last_change FROM certificate WHERE issuer_id = {id}", row =>
            {
                StatusChange state = columns.Read(row);
                certificates.Add(state.Serial, new KnownCertificate(state, row.GetFieldValue<ulong>(StatusColumns.Count)));
            }, cancellationToken);
            Assert.Equal(states.Count, certificates.Count);
            Assert.All(states, state => Assert.Equal(state.Value, certificates[state.Key]));
        }
    }

    private static async Task<(ChainEnd Head, ulong First, ChangeDigest FirstDigest)> ReadHeadAsync(DbConnection connection, uint id, CancellationToken cancellationToken)
    {
        (ChainEnd, ulong, ChangeDigest) found = default;
        await ReadAsync(connection, $"SELECT last_change, last_digest, first_change, first_digest FROM history WHERE issuer_id = {id}", row => found = (
            new ChainEnd(row.GetFieldValue<ulong>(0), ChangeDigest.From(row.GetFieldValue<byte[]>(1))), row.GetFieldValue<ulong>(2), ChangeDigest.From(row.GetFieldValue<byte[]>(3))), cancellationToken);
        return found;
    }

    private static async Task ReadAsync(DbConnection connection, string text, Action<DbDataReader> read, CancellationToken cancellationToken)
    {
        await using DbCommand command = SqlCommands.Create(connection, null, text);
        await using DbDataReader row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            read(row);
        }
    }
}
