using System.Data;
using System.Globalization;
using PkiCore.Galera.Feed;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Galera.Tests.Feed;

/// <summary>The tables of a database that is not there: some CAs, each with the same history.</summary>
internal sealed class FakeHistories(int issuers = 1)
{
    private static readonly ChangeDigest s_first = Digest(7);

    private readonly Lock _lock = new();
    private readonly List<(ChangeRecord Record, ChangeDigest Digest, byte Status)> _changes = [];

    /// <summary>What happens before a question is answered.</summary>
    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    public static IssuerKey Key(int issuer) => new(Digest((byte)issuer), Digest(200));

    public static ChangeDigest Digest(byte value) => ChangeDigest.From([.. Enumerable.Repeat(value, ChangeDigest.Length)]);

    /// <summary>Issues a certificate.</summary>
    /// <param name="status">Something that the schema does not know makes a row that cannot be read.</param>
    public void Issue(byte status = 0)
    {
        lock (_lock)
        {
            int number = _changes.Count + 1;
            Assert.True(SerialNumber.TryCreate([(byte)number], out SerialNumber serial));
            var record = new ChangeRecord((ulong)number, Guid.NewGuid(), new StatusChange(serial, CertificateStatus.Good, DateTimeOffset.UnixEpoch.AddYears(100)));
            _changes.Add((record, (number == 1 ? s_first : _changes[^1].Digest).Next(record), status));
        }
    }

    public async Task<DataTable> AnswerAsync(string statement, IReadOnlyList<object?> values)
    {
        await Before(statement);
        lock (_lock)
        {
            return statement switch
            {
                _ when statement.Contains("schema_version", StringComparison.Ordinal) => Table([typeof(int)], [[GaleraSchema.Version]]),
                _ when statement.Contains("JOIN issuer", StringComparison.Ordinal) => Heads(),
                _ when statement.Contains("FROM history", StringComparison.Ordinal) =>
                    Table([typeof(ulong), typeof(byte[]), typeof(DateTime)], [[(ulong)_changes.Count, LastDigest.ToArray(), DBNull.Value]]),
                _ when statement.Contains("FROM status_change", StringComparison.Ordinal) => Table(
                    [typeof(ulong), typeof(byte[]), typeof(byte[]), .. StateTypes],
                    _changes.Where(change => change.Record.Number > Convert.ToUInt64(values[1], CultureInfo.InvariantCulture)).Take(500)
                        .Select(change => (object[])[change.Record.Number, change.Record.OperationId.ToByteArray(bigEndian: true), change.Digest.ToArray(), .. State(change.Record.State, change.Status)])),
                _ when statement.Contains("FROM certificate", StringComparison.Ordinal) => Table(StateTypes, _changes.Select(change => State(change.Record.State, change.Status))),
                _ => throw new NotSupportedException(statement),
            };
        }
    }

    private static Type[] StateTypes => [typeof(byte[]), typeof(byte), typeof(byte), typeof(DateTime), typeof(DateTime), typeof(DateTime), typeof(int), typeof(byte)];

    private ChangeDigest LastDigest => _changes.Count == 0 ? s_first : _changes[^1].Digest;

    private DataTable Heads() => Table(
        [typeof(byte[]), typeof(byte[]), typeof(long), typeof(ulong), typeof(byte[]), typeof(ulong), typeof(DateTime)],
        Enumerable.Range(1, issuers).Select(issuer => (object[])[Key(issuer).Name.ToArray(), Key(issuer).Key.ToArray(), (long)issuer, (ulong)_changes.Count, LastDigest.ToArray(), 1UL, DBNull.Value]));

    private static object[] State(StatusChange state, byte status) =>
        [SerialColumn.TryWrite(state.Serial)!, status, DBNull.Value, DBNull.Value, DBNull.Value, state.NotAfter.UtcDateTime, DBNull.Value, DBNull.Value];

    private static DataTable Table(Type[] types, IEnumerable<object[]> rows)
    {
        var table = new DataTable();
        Array.ForEach(types, type => table.Columns.Add(null, type));
        foreach (object[] row in rows)
        {
            table.Rows.Add(row);
        }

        return table;
    }
}
