using System.Data;
using System.Data.Common;
using PkiCore.MariaDb.Sessions;

namespace PkiCore.MariaDb;

/// <summary>A transaction. Disposed of without a commit, it is rolled back.</summary>
public sealed class MariaDbTransaction : DbTransaction
{
    private MariaDbConnection? _connection;
    private bool _committing;

    internal MariaDbTransaction(MariaDbConnection connection, IsolationLevel level)
    {
        _connection = connection;
        IsolationLevel = level;
    }

    /// <inheritdoc />
    public override IsolationLevel IsolationLevel { get; }

    /// <inheritdoc />
    protected override DbConnection? DbConnection => _connection;

    /// <inheritdoc />
    public override void Commit() => CommitAsync(async: false, CancellationToken.None).Result();

    /// <inheritdoc />
    public override Task CommitAsync(CancellationToken cancellationToken = default) => CommitAsync(async: true, cancellationToken).AsTask();

    /// <inheritdoc />
    public override void Rollback() => EndAsync("ROLLBACK", async: false, CancellationToken.None).Result();

    /// <inheritdoc />
    public override Task RollbackAsync(CancellationToken cancellationToken = default) => EndAsync("ROLLBACK", async: true, cancellationToken).AsTask();

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await AbortAsync(async: true).ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    internal static string? LevelStatement(IsolationLevel level) => level switch
    {
        IsolationLevel.Unspecified => null,
        IsolationLevel.ReadUncommitted => "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
        IsolationLevel.ReadCommitted => "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
        IsolationLevel.RepeatableRead or IsolationLevel.Snapshot => "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        IsolationLevel.Serializable => "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        _ => throw new NotSupportedException($"MariaDB has no isolation level {level}."),
    };

    internal static string StartStatement(IsolationLevel level) =>
        level == IsolationLevel.Snapshot ? "START TRANSACTION WITH CONSISTENT SNAPSHOT" : "START TRANSACTION";

    /// <summary>The connection is closed; the pool rolls back.</summary>
    internal void Forget()
    {
        if (_connection is { } connection)
        {
            connection.Transaction = null;
            _connection = null;
        }
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            AbortAsync(async: false).Result();
        }

        base.Dispose(disposing);
    }

    private async ValueTask CommitAsync(bool async, CancellationToken cancellationToken)
    {
        if (_committing)
        {
            // The server would say yes to a second COMMIT although it had rolled back at the first.
            throw new InvalidOperationException("The transaction was to be committed before, and that failed.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        _ = _connection?.ReadySession;
        _committing = true;
        await EndAsync("COMMIT", async, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask EndAsync(string statement, bool async, CancellationToken cancellationToken)
    {
        MariaDbConnection connection = _connection ?? throw new InvalidOperationException("The transaction has ended already.");
        await connection.QueryAsync(statement, async, cancellationToken).ConfigureAwait(false);
        Forget();
    }

    private async ValueTask AbortAsync(bool async)
    {
        if (_connection is { State: ConnectionState.Open } connection)
        {
            try
            {
                connection.CloseReader();
                await connection.QueryAsync("ROLLBACK", async, CancellationToken.None).ConfigureAwait(false);
            }
            catch (MariaDbException)
            {
                // The connection is broken and the server rolls back, or the pool does.
            }
        }

        Forget();
    }
}
