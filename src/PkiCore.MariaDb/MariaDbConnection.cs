using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using PkiCore.MariaDb.Sessions;

namespace PkiCore.MariaDb;

/// <summary>A connection of a <see cref="MariaDbDataSource"/>. Closed, it goes back to the pool; what was open in it is rolled back.</summary>
public sealed class MariaDbConnection : DbConnection
{
    private readonly SessionPool _pool;
    private readonly string _connectionString;
    private Session? _session;
    private MariaDbDataReader? _reader;
    private bool _opening;

    internal MariaDbConnection(SessionPool pool, string connectionString)
    {
        _pool = pool;
        _connectionString = connectionString;
    }

    /// <summary>That of the data source, without the password; it cannot be set.</summary>
    [AllowNull]
    public override string ConnectionString
    {
        get => _connectionString;
        set => throw new NotSupportedException("The connection string is the data source's.");
    }

    /// <inheritdoc />
    public override string Database => _pool.Settings.Database;

    /// <inheritdoc />
    public override string DataSource => _pool.Settings.Target;

    /// <inheritdoc />
    public override string ServerVersion => OpenSession.ServerVersion;

    /// <inheritdoc />
    public override ConnectionState State =>
        _session is null ? ConnectionState.Closed : _session.IsBroken ? ConnectionState.Broken : ConnectionState.Open;

    /// <summary>Seconds.</summary>
    public override int ConnectionTimeout => (int)_pool.Settings.ConnectTimeout.TotalSeconds;

    internal int CommandTimeout => _pool.Settings.CommandTimeout;

    internal MariaDbTransaction? Transaction { get; set; }

    /// <summary>The session, free for a command.</summary>
    internal Session ReadySession => _reader is null
        ? OpenSession
        : throw new InvalidOperationException("A reader is open on this connection; close it first.");

    /// <inheritdoc />
    protected override DbProviderFactory DbProviderFactory => MariaDbFactory.Instance;

    private Session OpenSession => State switch
    {
        ConnectionState.Open => _session!,
        ConnectionState.Broken => throw Faults.Broken(_pool.Settings),
        _ => throw new InvalidOperationException("The connection is not open."),
    };

    /// <inheritdoc />
    public override void Open() => OpenAsync(async: false, CancellationToken.None).Result();

    /// <inheritdoc />
    public override Task OpenAsync(CancellationToken cancellationToken) => OpenAsync(async: true, cancellationToken).AsTask();

    /// <inheritdoc />
    public override void Close()
    {
        _reader?.Close();
        Transaction?.Forget();
        Session? session = _session;
        _session = null;
        if (session is not null)
        {
            _pool.Release(session);
            OnStateChange(new StateChangeEventArgs(ConnectionState.Open, ConnectionState.Closed));
        }
    }

    /// <summary>Not supported.</summary>
    /// <param name="databaseName">Ignored.</param>
    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException("The database is the connection string's.");

    /// <inheritdoc cref="DbConnection.BeginTransaction()" />
    public new MariaDbTransaction BeginTransaction() => BeginAsync(IsolationLevel.Unspecified, async: false, CancellationToken.None).Result();

    internal void CloseReader() => _reader?.Close();

    internal void SetReader(MariaDbDataReader? reader) => _reader = reader;

    internal async ValueTask QueryAsync(string statement, bool async, CancellationToken cancellationToken)
    {
        byte[] text = Encoding.UTF8.GetBytes(statement);
        await ReadySession.RunAsync(
            native =>
            {
                native.Query(text);
                return true;
            },
            MariaDbCommand.Limit(CommandTimeout), async, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    protected override DbCommand CreateDbCommand() => new MariaDbCommand { Connection = this };

    /// <inheritdoc />
    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) =>
        BeginAsync(isolationLevel, async: false, CancellationToken.None).Result();

    /// <inheritdoc />
    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        await BeginAsync(isolationLevel, async: true, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close();
        }

        base.Dispose(disposing);
    }

    private async ValueTask OpenAsync(bool async, CancellationToken cancellationToken)
    {
        if (_session is not null || _opening)
        {
            throw new InvalidOperationException("The connection is open already.");
        }

        _opening = true;
        try
        {
            _session = await _pool.AcquireAsync(async, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _opening = false;
        }

        OnStateChange(new StateChangeEventArgs(ConnectionState.Closed, ConnectionState.Open));
    }

    private async ValueTask<MariaDbTransaction> BeginAsync(IsolationLevel level, bool async, CancellationToken cancellationToken)
    {
        if (Transaction is not null)
        {
            throw new InvalidOperationException("The connection has a transaction already.");
        }

        if (MariaDbTransaction.LevelStatement(level) is { } statement)
        {
            await QueryAsync(statement, async, cancellationToken).ConfigureAwait(false);
        }

        await QueryAsync(MariaDbTransaction.StartStatement(level), async, cancellationToken).ConfigureAwait(false);
        Transaction = new MariaDbTransaction(this, level);
        return Transaction;
    }
}
