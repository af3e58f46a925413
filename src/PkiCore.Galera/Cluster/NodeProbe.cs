using System.Data.Common;

namespace PkiCore.Galera.Cluster;

/// <summary>
/// Asks one node for its state, on a connection of its own that stays open and is opened again after a failure. One question at a time.
/// </summary>
internal sealed class NodeProbe(GaleraNode node, TimeSpan timeout, TimeProvider timeProvider) : IAsyncDisposable
{
    // The cheapest statement that has an answer: what it takes is the way there and back.
    private const string ClockStatement = "SELECT UTC_TIMESTAMP(6)";

    private readonly Dictionary<string, DbCommand> _prepared = []; // a statement that is not prepared may take two round trips, or one

    private DbConnection? _connection;

    /// <summary>Connects if need be, and asks. Both have the time limit each.</summary>
    /// <param name="withSettings">Whether to ask for what seldom changes, too; a new connection always does.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperationCanceledException">By the token; a missed time limit is a result.</exception>
    public async Task<ProbeResult> ProbeAsync(bool withSettings, CancellationToken cancellationToken)
    {
        long asked = timeProvider.GetTimestamp();
        try
        {
            DbConnection? connection = _connection;
            if (connection is null)
            {
                withSettings = true;
                connection = await WithinAsync(OpenAsync, cancellationToken).ConfigureAwait(false);
            }

            return await WithinAsync(token => AskAsync(connection, asked, withSettings, token), cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Do not catch general exception types: whatever a provider throws, the node did not answer
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            await DisposeAsync().ConfigureAwait(false);
            bool isRefused = exception is DbException e && ServerError.Number(e) == ServerError.NotReady;
            return new ProbeResult(asked) { Fault = ProbeFault.Describe(exception, timeout), IsRefused = isRefused };
        }
    }

    /// <summary>Closes the connection; the next question opens another.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (DbCommand command in _prepared.Values)
        {
            await command.DisposeAsync().ConfigureAwait(false);
        }

        _prepared.Clear();
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> step, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        return await step(either.Token).ConfigureAwait(false);
    }

    private async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        _connection = await node.DataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await _connection.ExecuteAsync(CausalSession.End, cancellationToken).ConfigureAwait(false);
        return _connection;
    }

    private async Task<ProbeResult> AskAsync(DbConnection connection, long asked, bool withSettings, CancellationToken cancellationToken)
    {
        NodeStatus status = NodeStatus.Parse(await ReadAsync(connection, NodeStatus.Statement, cancellationToken).ConfigureAwait(false));
        NodeSettings? settings = withSettings
            ? NodeSettings.Parse(await ReadAsync(connection, NodeSettings.Statement, cancellationToken).ConfigureAwait(false))
            : null;
        ClockReading? clock = null;
        if (status.IsReady) // else there is an error instead
        {
            bool isNew = !_prepared.ContainsKey(ClockStatement);
            clock = await ReadClockAsync(connection, cancellationToken).ConfigureAwait(false);
            if (isNew) // what is done for the first time takes longer
            {
                clock = await ReadClockAsync(connection, cancellationToken).ConfigureAwait(false);
            }
        }

        return new ProbeResult(asked) { Status = status, Settings = settings, Clock = clock };
    }

    /// <summary>Rows of a name and a value.</summary>
    private async Task<Dictionary<string, string>> ReadAsync(DbConnection connection, string statement, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        DbCommand command = await PrepareAsync(connection, statement, cancellationToken).ConfigureAwait(false);
        DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                values[reader.GetString(0)] = reader.IsDBNull(1) ? "" : reader.GetString(1);
            }
        }

        return values;
    }

    private async Task<ClockReading?> ReadClockAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        DbCommand command = await PrepareAsync(connection, ClockStatement, cancellationToken).ConfigureAwait(false);
        long asked = timeProvider.GetTimestamp();
        object? value = await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        TimeSpan roundTrip = timeProvider.GetElapsedTime(asked);
        return value is DateTime time ? new ClockReading(Time.FromColumn(time), asked, roundTrip) : null;
    }

    private async Task<DbCommand> PrepareAsync(DbConnection connection, string statement, CancellationToken cancellationToken)
    {
        if (!_prepared.TryGetValue(statement, out DbCommand? command))
        {
            command = SqlCommands.Create(connection, transaction: null, statement);
            _prepared.Add(statement, command);
            await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
        }

        return command;
    }
}
