using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using PkiCore.MariaDb.Interop;

namespace PkiCore.MariaDb.Results;

/// <summary>The memory that the library writes a row to, bound once per result, and the way from there into blocks.</summary>
internal sealed unsafe class ResultBinding : IDisposable
{
    // Longer values are fetched on their own, straight into the block.
    private const int MostInline = 1024;

    private readonly ResultColumn[] _columns;
    private readonly NativeBuffer _memory;
    private readonly MYSQL_BIND* _binds;
    private readonly nuint* _lengths;
    private readonly byte* _nulls;
    private readonly nint _statement;
    private readonly int _longest;

    /// <param name="statement">Executed; the caller keeps it alive for as long as this lives.</param>
    /// <param name="columns">Of its result.</param>
    /// <param name="longest">Bytes that a value can have; older libraries believe whatever length the server announces.</param>
    internal ResultBinding(StatementHandle statement, ResultColumn[] columns, int longest)
    {
        _longest = longest;
        _columns = columns;
        _statement = statement.DangerousGetHandle();
        int count = columns.Length;
        int buffers = columns.Sum(BufferLength);
        _memory = new NativeBuffer((nuint)((count * (sizeof(MYSQL_BIND) + sizeof(nuint) + 2)) + buffers + 16));
        _binds = (MYSQL_BIND*)_memory.Pointer;
        _lengths = (nuint*)(_binds + count);
        byte* buffer = (byte*)(_lengths + count);
        foreach (int i in Enumerable.Range(0, count))
        {
            _binds[i].Buffer = buffer;
            _binds[i].BufferLength = (nuint)BufferLength(columns[i]);
            _binds[i].BufferType = columns[i].IsVariable || columns[i].Kind == ColumnKind.Bits ? FieldType.Blob : columns[i].Type;
            _binds[i].IsUnsigned = columns[i].Kind is ColumnKind.Byte or ColumnKind.UInt16 or ColumnKind.UInt32 or ColumnKind.UInt64 ? (byte)1 : (byte)0;
            _binds[i].Length = _lengths + i;
            buffer += BufferLength(columns[i]);
        }

        _nulls = buffer;
        byte* errors = buffer + count;
        for (int i = 0; i < count; i++)
        {
            _binds[i].IsNull = _nulls + i;
            _binds[i].Error = errors + i;
        }
    }

    internal MYSQL_BIND* Binds => _binds;

    /// <summary>Takes the row that was just fetched.</summary>
    /// <returns>Whether the library could deliver all of it.</returns>
    internal bool CopyTo(RowBlock block)
    {
        Span<Cell> cells = block.NextRow();
        for (int i = 0; i < cells.Length; i++)
        {
            ref Cell cell = ref cells[i];
            if (_nulls[i] != 0)
            {
                cell.Length = Cell.Null;
                continue;
            }

            cell.Length = 0;
            if (!_columns[i].IsVariable)
            {
                cell.Value = Fixed(_columns[i].Kind, (byte*)_binds[i].Buffer, (int)_lengths[i]);
            }
            else if (!CopyVariable(block, i, ref cell))
            {
                return false;
            }
        }

        block.Commit();
        return true;
    }

    public void Dispose() => _memory.Dispose();

    private bool CopyVariable(RowBlock block, int column, ref Cell cell)
    {
        if (_lengths[column] > (nuint)_longest)
        {
            return false;
        }

        int length = (int)_lengths[column];
        cell.Value = block.DataLength;
        cell.Length = length;
        Span<byte> room = block.Reserve(length);
        if (length <= (int)_binds[column].BufferLength)
        {
            new ReadOnlySpan<byte>(_binds[column].Buffer, length).CopyTo(room);
            return true;
        }

        fixed (byte* target = room)
        {
            nuint actual = 0;
            byte isNull = 0;
            byte error = 0;
            var bind = new MYSQL_BIND
            {
                Buffer = target,
                BufferLength = (nuint)length,
                BufferType = FieldType.Blob,
                Length = &actual,
                IsNull = &isNull,
                Error = &error,
            };
            return LibMariaDb.mysql_stmt_fetch_column(_statement, &bind, (uint)column, new(0)) == 0;
        }
    }

    private static long Fixed(ColumnKind kind, byte* value, int length) => kind switch
    {
        ColumnKind.SByte => *(sbyte*)value,
        ColumnKind.Byte => *value,
        ColumnKind.Int16 => *(short*)value,
        ColumnKind.UInt16 => *(ushort*)value,
        ColumnKind.Int32 => *(int*)value,
        ColumnKind.UInt32 => *(uint*)value,
        ColumnKind.Int64 or ColumnKind.UInt64 => *(long*)value,
        ColumnKind.Single => BitConverter.SingleToInt32Bits(*(float*)value),
        ColumnKind.Double => BitConverter.DoubleToInt64Bits(*(double*)value),
        ColumnKind.Date or ColumnKind.DateTime => ((MYSQL_TIME*)value)->ToDateTimeTicks(),
        ColumnKind.Time => ((MYSQL_TIME*)value)->ToTimeSpanTicks(),
        ColumnKind.Bits => Bits(new ReadOnlySpan<byte>(value, length)),
        _ => throw new UnreachableException(),
    };

    private static long Bits(ReadOnlySpan<byte> bytes)
    {
        Span<byte> whole = stackalloc byte[sizeof(long)];
        whole.Clear();
        bytes.CopyTo(whole[^bytes.Length..]);
        return BinaryPrimitives.ReadInt64BigEndian(whole);
    }

    // Multiples of eight, so that every buffer is aligned for what the library writes there.
    private static int BufferLength(ResultColumn column) => column.Kind switch
    {
        ColumnKind.Date or ColumnKind.DateTime or ColumnKind.Time => Unsafe.SizeOf<MYSQL_TIME>(),
        ColumnKind.Bytes or ColumnKind.Text or ColumnKind.Decimal => ((int)Math.Clamp(column.Length, 1, MostInline) + 7) & ~7,
        _ => sizeof(long),
    };
}
