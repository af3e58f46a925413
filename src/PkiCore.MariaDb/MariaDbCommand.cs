using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using PkiCore.MariaDb.Parameters;
using PkiCore.MariaDb.Results;
using PkiCore.MariaDb.Sessions;

namespace PkiCore.MariaDb;

/// <summary>
/// A statement, run as a prepared one. Its parameters are <c>@name</c> or <c>?</c>. A deadline that passes, a cancelled token or
/// <see cref="Cancel"/> breaks the connection: what became of the statement is then not known.
/// </summary>
public sealed class MariaDbCommand : DbCommand
{
    private MariaDbConnection? _connection;
    private StatementText? _statement;
    private PreparedStatement? _prepared;
    private Session? _preparedOn;
    private Session? _running;
    private int? _timeout;

    internal MariaDbCommand()
    {
    }

    /// <inheritdoc />
    [AllowNull]
    public override string CommandText
    {
        get => field;
        set
        {
            field = value ?? "";
            Forget();
            _statement = null;
        }
    } = "";

    /// <summary>Seconds that the server may take to answer, and between two blocks of rows; 0 for no limit.</summary>
    public override int CommandTimeout
    {
        get => _timeout ?? _connection?.CommandTimeout ?? 30;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _timeout = value;
        }
    }

    /// <summary>Text; nothing else is supported.</summary>
    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text)
            {
                throw new NotSupportedException("A command is text.");
            }
        }
    }

    /// <inheritdoc />
    public override bool DesignTimeVisible { get; set; }

    /// <inheritdoc />
    public override UpdateRowSource UpdatedRowSource { get; set; }

    /// <inheritdoc cref="DbCommand.Parameters" />
    public new MariaDbParameterCollection Parameters { get; } = new();

    /// <inheritdoc />
    protected override DbParameterCollection DbParameterCollection => Parameters;

    /// <inheritdoc />
    protected override DbConnection? DbConnection
    {
        get => _connection;
        set
        {
            Forget();
            _connection = (MariaDbConnection?)value;
        }
    }

    /// <inheritdoc />
    protected override DbTransaction? DbTransaction { get; set; }

    /// <summary>Breaks the connection if the command runs, from any thread.</summary>
    public override void Cancel() => Volatile.Read(ref _running)?.Interrupt();

    /// <inheritdoc />
    public override void Prepare() => PrepareAsync(async: false, CancellationToken.None).Result();

    /// <inheritdoc />
    public override Task PrepareAsync(CancellationToken cancellationToken = default) => PrepareAsync(async: true, cancellationToken).AsTask();

    /// <summary>Runs the statement.</summary>
    /// <returns>Rows found by an update, or changed by another statement; -1 for one that has rows.</returns>
    public override int ExecuteNonQuery() => NonQueryAsync(async: false, CancellationToken.None).Result();

    /// <inheritdoc cref="ExecuteNonQuery" />
    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) => NonQueryAsync(async: true, cancellationToken).AsTask();

    /// <inheritdoc />
    public override object? ExecuteScalar() => ScalarAsync(async: false, CancellationToken.None).Result();

    /// <inheritdoc />
    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken) => ScalarAsync(async: true, cancellationToken).AsTask();

    internal static TimeSpan Limit(int seconds) => seconds == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(seconds);

    internal void Done() => Volatile.Write(ref _running, null);

    /// <inheritdoc />
    protected override DbParameter CreateDbParameter() => new MariaDbParameter();

    /// <inheritdoc />
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => ReaderAsync(behavior, async: false, CancellationToken.None).Result();

    /// <inheritdoc />
    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await ReaderAsync(behavior, async: true, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Forget();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> NonQueryAsync(bool async, CancellationToken cancellationToken)
    {
        MariaDbDataReader reader = await ReaderAsync(CommandBehavior.SingleResult, async, cancellationToken).ConfigureAwait(false);
        try
        {
            await reader.ReadToEndAsync(async, cancellationToken).ConfigureAwait(false);
            return reader.RecordsAffected;
        }
        finally
        {
            reader.Close();
        }
    }

    private async ValueTask<object?> ScalarAsync(bool async, CancellationToken cancellationToken)
    {
        MariaDbDataReader reader = await ReaderAsync(CommandBehavior.SingleResult, async, cancellationToken).ConfigureAwait(false);
        try
        {
            bool found = await reader.ReadAsync(async, cancellationToken).ConfigureAwait(false);
            object? value = found ? reader.GetValue(0) : null;
            await reader.ReadToEndAsync(async, cancellationToken).ConfigureAwait(false);
            return value;
        }
        finally
        {
            reader.Close();
        }
    }

    private async ValueTask PrepareAsync(bool async, CancellationToken cancellationToken)
    {
        Session session = CheckedConnection().ReadySession;
        StatementText statement = _statement ??= StatementText.Parse(CommandText);
        Forget();
        _prepared = await session.RunAsync(native => native.Prepare(statement.Utf8), Limit(CommandTimeout), async, cancellationToken).ConfigureAwait(false);
        _preparedOn = session;
    }

    private async ValueTask<MariaDbDataReader> ReaderAsync(CommandBehavior behavior, bool async, CancellationToken cancellationToken)
    {
        if (behavior.HasFlag(CommandBehavior.SchemaOnly) || behavior.HasFlag(CommandBehavior.KeyInfo))
        {
            throw new NotSupportedException("A reader has rows; schema and keys are not supported.");
        }

        MariaDbConnection connection = CheckedConnection();
        Session session = connection.ReadySession;
        StatementText statement = _statement ??= StatementText.Parse(CommandText);
        PreparedStatement? prepared = _preparedOn == session ? _prepared : null;
        var parameters = new ParameterBuffer(ParameterOrder.Values(statement.Names, Parameters.Items));
        TimeSpan limit = Limit(CommandTimeout);
        Volatile.Write(ref _running, session);
        try
        {
            ExecuteResult result = await session.RunAsync(
                native => native.Execute(prepared, statement.Utf8, parameters), limit, async, cancellationToken).ConfigureAwait(false);
            var reader = new MariaDbDataReader(this, connection, result, limit, behavior.HasFlag(CommandBehavior.CloseConnection));
            connection.SetReader(reader);
            return reader;
        }
        catch
        {
            Done();
            throw;
        }
    }

    private MariaDbConnection CheckedConnection()
    {
        MariaDbConnection connection = _connection ?? throw new InvalidOperationException("The command has no connection.");
        if (CommandText.Length == 0)
        {
            throw new InvalidOperationException("The command has no text.");
        }

        // As with other providers for MariaDB: a command that forgets its transaction is a bug that is better found here.
        return DbTransaction == connection.Transaction
            ? connection
            : throw new InvalidOperationException("The command's transaction is not the one that is open on its connection.");
    }

    /// <summary>The prepared statement is not needed any more.</summary>
    private void Forget()
    {
        if (_prepared is { } prepared && _preparedOn is { } session)
        {
            session.CloseLater(prepared);
        }

        _prepared = null;
        _preparedOn = null;
    }
}
