using System.Collections;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using PkiCore.MariaDb.Results;
using PkiCore.MariaDb.Sessions;

namespace PkiCore.MariaDb;

/// <summary>Rows as they come from the server; nothing but a few blocks of them is ever in memory.</summary>
public sealed partial class MariaDbDataReader : DbDataReader
{
    private readonly MariaDbCommand _command;
    private readonly MariaDbConnection _connection;
    private readonly ResultStream? _stream;
    private readonly ResultColumn[] _columns;
    private readonly TimeSpan _limit;
    private readonly bool _closeConnection;
    private RowBlock? _block;
    private int _row = -1;
    private bool _closed;

    internal MariaDbDataReader(MariaDbCommand command, MariaDbConnection connection, ExecuteResult result, TimeSpan limit, bool closeConnection)
    {
        _command = command;
        _connection = connection;
        _stream = result.Stream;
        _columns = _stream?.Columns ?? [];
        _limit = limit;
        _closeConnection = closeConnection;
        RecordsAffected = (int)Math.Min(result.AffectedRows, int.MaxValue);
        // The first block is there already.
        _block = _stream?.First();
        HasRows = _block?.Rows > 0;
    }

    /// <inheritdoc />
    public override int Depth => 0;

    /// <inheritdoc />
    public override int FieldCount => _columns.Length;

    /// <inheritdoc />
    public override bool HasRows { get; }

    /// <inheritdoc />
    public override bool IsClosed => _closed;

    /// <inheritdoc />
    public override int RecordsAffected { get; }

    /// <inheritdoc />
    public override object this[int ordinal] => GetValue(ordinal);

    /// <inheritdoc />
    public override object this[string name] => GetValue(GetOrdinal(name));

    /// <inheritdoc />
    public override bool Read() => TryStep() || ReadAsync(async: false, CancellationToken.None).Result();

    /// <inheritdoc />
    public override Task<bool> ReadAsync(CancellationToken cancellationToken) =>
        TryStep() ? s_true : ReadAsync(async: true, cancellationToken).AsTask();

    /// <summary>There is one result per command.</summary>
    /// <returns>False.</returns>
    public override bool NextResult()
    {
        LeaveRows();
        return false;
    }

    /// <inheritdoc />
    public override Task<bool> NextResultAsync(CancellationToken cancellationToken)
    {
        LeaveRows();
        return s_false;
    }

    /// <summary>
    /// Ends reading. Rows that are left are read and dropped before the connection's next command; an error behind them is not
    /// seen by anybody, so whoever must know how a statement ended reads to the end.
    /// </summary>
    public override void Close()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        LeaveRows();
        _command.Done();
        _connection.SetReader(null);
        if (_closeConnection)
        {
            _connection.Close();
        }
    }

    /// <inheritdoc />
    public override string GetName(int ordinal) => _columns[ordinal].Name;

    /// <inheritdoc />
    public override int GetOrdinal(string name)
    {
        int ordinal = Array.FindIndex(_columns, column => column.Name == name);
        ordinal = ordinal >= 0 ? ordinal : Array.FindIndex(_columns, column => column.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return ordinal >= 0 ? ordinal : throw new ArgumentOutOfRangeException(nameof(name), name, "The result has no such column.");
    }

    /// <inheritdoc />
    public override string GetDataTypeName(int ordinal) => _columns[ordinal].TypeName;

    /// <inheritdoc />
    [return: DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.PublicProperties)]
    public override Type GetFieldType(int ordinal) => _columns[ordinal].ClrType;

    /// <summary>Not supported.</summary>
    /// <returns>Nothing.</returns>
    public override DataTable GetSchemaTable() => throw new NotSupportedException("There is no schema table.");

    /// <inheritdoc />
    public override IEnumerator GetEnumerator() => new DbEnumerator(this, closeReader: false);

    internal async ValueTask<bool> ReadAsync(bool async, CancellationToken cancellationToken)
    {
        if (_closed)
        {
            throw new InvalidOperationException("The reader is closed.");
        }

        while (!TryStep())
        {
            if (_stream is null || _finished)
            {
                return false;
            }

            RowBlock? used = _block;
            _block = null;
            _row = -1;
            _block = await _stream.NextAsync(used, _limit, async, cancellationToken).ConfigureAwait(false);
            _finished = _block is null;
        }

        return true;
    }

    /// <summary>Leaves out the rows that are left, and throws what error there is behind them.</summary>
    internal async ValueTask ReadToEndAsync(bool async, CancellationToken cancellationToken)
    {
        while (await ReadAsync(async, cancellationToken).ConfigureAwait(false))
        {
            _row = _block!.Rows - 1;
        }
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close();
        }

        base.Dispose(disposing);
    }

    private bool TryStep()
    {
        if (_block is { } block && _row + 1 < block.Rows)
        {
            _row++;
            return true;
        }

        return false;
    }

    private void LeaveRows()
    {
        if (!_left)
        {
            _left = true;
            _finished = true;
            RowBlock? used = _block;
            _block = null;
            _stream?.Close(used);
        }
    }
}
