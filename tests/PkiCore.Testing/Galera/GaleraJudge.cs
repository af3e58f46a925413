using System.Data.Common;
using PkiCore.Galera;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Testing;

/// <summary>Holds what writers were told, what the database says and what edges answer against each other.</summary>
public sealed class GaleraJudge
{
    private readonly Dictionary<SerialNumber, StatusChange> _state = [];
    private readonly Dictionary<Guid, (ulong Number, SerialNumber Serial)> _operations = [];
    private readonly List<string> _faults = [];

    private readonly byte[] _keyHash;

    private GaleraJudge(byte[] keyHash) => _keyHash = keyHash;

    /// <summary>What is wrong; nothing when every promise was kept.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>How many changes the history has.</summary>
    public int Changes => _operations.Count;

    /// <summary>Reads the history of a CA in the database, and proves that it is whole.</summary>
    public static async Task<GaleraJudge> ReadAsync(GaleraNode node, Issuer issuer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(issuer);
        var judge = new GaleraJudge(issuer.GetKeyHash(CertIdHash.Sha256).ToArray());
        await using DbConnection connection = await node.DataSource.OpenConnectionAsync(cancellationToken);
        // All that was committed anywhere before now, and both tables as of one moment.
        await connection.ExecuteAsync("SET SESSION wsrep_sync_wait = 1", cancellationToken);
        await connection.ExecuteAsync("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", cancellationToken);
        await judge.ReadHistoryAsync(connection, cancellationToken);
        await judge.ReadCertificatesAsync(connection, cancellationToken);
        await connection.ExecuteAsync("COMMIT", cancellationToken);
        return judge;
    }

    /// <summary>Every change that was acknowledged is in the history, and what was revoked for good has stayed so.</summary>
    public void CompareAcknowledged(IEnumerable<Acknowledged> acknowledged)
    {
        ArgumentNullException.ThrowIfNull(acknowledged);
        foreach ((SerialNumber serial, RevocationResult result, DateTimeOffset at) in acknowledged)
        {
            bool isThere = _operations.TryGetValue(result.OperationId, out (ulong Number, SerialNumber Serial) change);
            if (result.IsChange && (!isThere || change.Number != result.LastChange || change.Serial != serial))
            {
                _faults.Add($"lost: {result.Outcome} of {serial}, acknowledged at {at:O} as change {result.LastChange}");
            }

            bool isRevoked = result.Outcome is RevocationOutcome.Revoked or RevocationOutcome.AlreadyRevoked;
            if (isRevoked && (!_state.TryGetValue(serial, out StatusChange state) || !state.Status.IsRevoked || state.Status.IsOnHold))
            {
                _faults.Add($"undone: the revocation of {serial}, acknowledged at {at:O}");
            }
        }
    }

    /// <summary>Every certificate is answered as the database has it.</summary>
    public async Task CompareEdgeAsync(Edge edge, TimeSpan limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(edge);
        using var deadline = new CancellationTokenSource(limit, TimeProvider.System);
        foreach ((SerialNumber serial, StatusChange state) in _state)
        {
            EdgeAnswer? answer = await edge.AskAsync(serial);
            while (!Agrees(answer, state) && !deadline.IsCancellationRequested)
            {
                await Task.Delay(20, cancellationToken);
                answer = await edge.AskAsync(serial);
            }

            if (!Agrees(answer, state))
            {
                _faults.Add($"wrong: {serial} is {state.Status} in the database, and {(answer is null ? "try later" : answer)} is answered: {string.Join("; ", edge.Health.Problems)}");
            }
        }
    }

    private static bool Agrees(EdgeAnswer? answer, StatusChange state) =>
        answer is { IsListed: true } && (state.Status.IsRevoked ? answer.Reason == state.Status.Reason : answer.IsGood);

    private void AddKeyHash(DbCommand command)
    {
        DbParameter parameter = command.CreateParameter();
        parameter.Value = _keyHash;
        command.Parameters.Add(parameter);
    }

    private async Task ReadHistoryAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = "SELECT h.first_digest, c.number, c.operation_id, c.digest, c.serial, c.status, c.reason, c.revoked_at, c.invalidity_date, c.not_after, c.crl_shard, c.is_ca "
            + "FROM issuer AS i JOIN history AS h ON h.issuer_id = i.id JOIN status_change AS c ON c.issuer_id = i.id WHERE i.key_hash = ? ORDER BY c.number";
        AddKeyHash(command);
        await using DbDataReader rows = await command.ExecuteReaderAsync(cancellationToken);
        var columns = new StatusColumns();
        ChangeDigest? digest = null;
        ulong expected = 1;
        while (await rows.ReadAsync(cancellationToken))
        {
            var change = new ChangeRecord(rows.GetFieldValue<ulong>(1), new Guid(rows.GetFieldValue<byte[]>(2), bigEndian: true), columns.Read(rows, 4));
            digest = (digest ?? ChangeDigest.From(rows.GetFieldValue<byte[]>(0))).Next(change);
            if (change.Number != expected++ || digest != ChangeDigest.From(rows.GetFieldValue<byte[]>(3)))
            {
                _faults.Add($"the history is broken at change {change.Number}");
            }

            _operations[change.OperationId] = (change.Number, change.State.Serial);
            _state[change.State.Serial] = change.State;
        }
    }

    private async Task ReadCertificatesAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT {StatusColumns.List} FROM certificate JOIN issuer ON issuer.id = certificate.issuer_id WHERE issuer.key_hash = ?";
        AddKeyHash(command);
        await using DbDataReader rows = await command.ExecuteReaderAsync(cancellationToken);
        var columns = new StatusColumns();
        int count = 0;
        while (await rows.ReadAsync(cancellationToken))
        {
            count++;
            StatusChange state = columns.Read(rows);
            if (!_state.TryGetValue(state.Serial, out StatusChange last) || last != state)
            {
                _faults.Add($"certificate {state.Serial} is not as its last change says");
            }
        }

        if (count != _state.Count)
        {
            _faults.Add($"the history has {_state.Count} certificates, the table {count}");
        }
    }
}
