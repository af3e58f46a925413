using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace PkiCore.Galera.Tests.Cluster;

/// <summary>How a fake node behaves.</summary>
internal enum Behaviour
{
    Well,
    Refuses,
    HangsConnecting,
    HangsAnswering,

    /// <summary>The provider blocks the thread and heeds neither time limit nor cancellation, until it is told otherwise.</summary>
    Blocks,

    /// <summary>Every statement gets error 1047.</summary>
    NotPrepared,

    /// <summary>To close a connection is an error.</summary>
    FailsClosing,
}

/// <summary>The data source of a node that is not there: it answers what a probe asks for.</summary>
internal sealed class FakeNode : DbDataSource
{
    private readonly ManualResetEventSlim _unblocked = new();
    private int _open;
    private int _opened;

    public FakeNode(string name) => Node = new GaleraNode(name, this);

    public GaleraNode Node { get; }

    public Behaviour Behaviour { get; set; }

    /// <summary>Answers questions that no probe asks: the statement and its values.</summary>
    public Func<string, IReadOnlyList<object?>, Task<DataTable>>? Database { get; set; }

    /// <summary>All statements without an answer until now.</summary>
    public ConcurrentQueue<string> Statements { get; } = [];

    public Dictionary<string, string> Status { get; set; } = Answers.Synced();

    /// <summary>Connections that are open now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>How many were opened in all.</summary>
    public int Opened => Volatile.Read(ref _opened);

    public override string ConnectionString => Node.Name;

    public void Unblock()
    {
        Behaviour = Behaviour.Well;
        _unblocked.Set();
    }

    protected override DbConnection CreateDbConnection() => new Connection(this);

    private async Task ActAsync(Behaviour hang, CancellationToken cancellationToken)
    {
        switch (Behaviour)
        {
            case Behaviour.Refuses:
                throw new Refusal("connection refused", 0);
            case Behaviour.NotPrepared when hang == Behaviour.HangsAnswering:
                throw new Refusal("WSREP has not yet prepared node for application use", 1047);
            case Behaviour.Blocks:
                _unblocked.Wait(CancellationToken.None);
                break;
            case var behaviour when behaviour == hang:
                await Task.Delay(Timeout.Infinite, cancellationToken);
                break;
        }
    }

    private sealed class Refusal(string message, int number) : DbException(message)
    {
        public override int ErrorCode => number;
    }

    private sealed class Connection(FakeNode node) : DbConnection
    {
        private ConnectionState _state;

        [AllowNull]
        public override string ConnectionString { get; set; } = "";

        public override string Database => "";

        public override string DataSource => node.Node.Name;

        public override string ServerVersion => "";

        public override ConnectionState State => _state;

        public FakeNode Node => node;

        public override async Task OpenAsync(CancellationToken cancellationToken)
        {
            await node.ActAsync(Behaviour.HangsConnecting, cancellationToken);
            Interlocked.Increment(ref node._open);
            Interlocked.Increment(ref node._opened);
            _state = ConnectionState.Open;
        }

        public override void Open() => throw new NotSupportedException();

        public override void Close()
        {
            if (_state == ConnectionState.Open)
            {
                _state = ConnectionState.Closed;
                Interlocked.Decrement(ref node._open);
            }
        }

        public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

        protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw new NotSupportedException();

        protected override DbCommand CreateDbCommand() => new Command(this);

        protected override void Dispose(bool disposing)
        {
            Close();
            base.Dispose(disposing);
            if (disposing && node.Behaviour == Behaviour.FailsClosing)
            {
                throw new Refusal("the connection cannot be closed", 0);
            }
        }
    }

    private sealed class Command(Connection connection) : DbCommand
    {
        private readonly global::PkiCore.MariaDb.MariaDbCommand _parameters = new();

        [AllowNull]
        public override string CommandText { get; set; } = "";

        public override int CommandTimeout { get; set; }

        public override CommandType CommandType { get; set; }

        public override bool DesignTimeVisible { get; set; }

        public override UpdateRowSource UpdatedRowSource { get; set; }

        protected override DbConnection? DbConnection { get; set; } = connection;

        protected override DbParameterCollection DbParameterCollection => _parameters.Parameters;

        protected override DbTransaction? DbTransaction { get; set; }

        public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
        {
            await connection.Node.ActAsync(Behaviour.HangsAnswering, cancellationToken);
            connection.Node.Statements.Enqueue(CommandText);
            return 0;
        }

        public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
        {
            await connection.Node.ActAsync(Behaviour.HangsAnswering, cancellationToken);
            return TimeProvider.System.GetUtcNow().UtcDateTime;
        }

        public override void Cancel() => throw new NotSupportedException();

        public override int ExecuteNonQuery() => throw new NotSupportedException();

        public override object ExecuteScalar() => throw new NotSupportedException();

        public override void Prepare() => throw new NotSupportedException();

        public override Task PrepareAsync(CancellationToken cancellationToken = default) => connection.Node.ActAsync(Behaviour.HangsAnswering, cancellationToken);

        protected override DbParameter CreateDbParameter() => _parameters.CreateParameter();

        protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => throw new NotSupportedException();

        protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken)
        {
            await connection.Node.ActAsync(Behaviour.HangsAnswering, cancellationToken);
            if (connection.Node.Database is { } database && !CommandText.Contains("GLOBAL", StringComparison.Ordinal))
            {
                using DataTable rows = await database(CommandText, [.. _parameters.Parameters.Cast<DbParameter>().Select(parameter => parameter.Value)]).WaitAsync(cancellationToken);
                return rows.CreateDataReader();
            }

            using var table = new DataTable();
            table.Columns.Add("Variable_name");
            table.Columns.Add("Value");
            foreach ((string name, string value) in CommandText.Contains("GLOBAL STATUS", StringComparison.Ordinal) ? connection.Node.Status : [])
            {
                table.Rows.Add(name, value);
            }

            return table.CreateDataReader();
        }
    }
}
