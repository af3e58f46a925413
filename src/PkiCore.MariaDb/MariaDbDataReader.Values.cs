using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using PkiCore.MariaDb.Results;

namespace PkiCore.MariaDb;

/// <summary>Values of the row. The getters of numbers, times and bytes allocate nothing.</summary>
public sealed partial class MariaDbDataReader
{
    private const int MostDecimalDigits = 28;

    private static readonly Task<bool> s_true = Task.FromResult(true);
    private static readonly Task<bool> s_false = Task.FromResult(false);

    private bool _finished;
    private bool _left;

    /// <inheritdoc />
    public override bool IsDBNull(int ordinal) => At(ordinal).Length == Cell.Null;

    /// <inheritdoc />
    public override Task<bool> IsDBNullAsync(int ordinal, CancellationToken cancellationToken) => IsDBNull(ordinal) ? s_true : s_false;

    /// <inheritdoc />
    public override long GetInt64(int ordinal)
    {
        ref readonly Cell cell = ref NotNull(ordinal);
        return _columns[ordinal].Kind switch
        {
            <= ColumnKind.Int64 => cell.Value,
            ColumnKind.UInt64 or ColumnKind.Bits => checked((long)(ulong)cell.Value),
            _ => throw Mismatch(ordinal, "an integer"),
        };
    }

    /// <summary>The value of a BIGINT UNSIGNED, or of any other integer that is not negative.</summary>
    /// <param name="ordinal">The column's number.</param>
    /// <returns>The value.</returns>
    public ulong GetUInt64(int ordinal)
    {
        ref readonly Cell cell = ref NotNull(ordinal);
        return _columns[ordinal].Kind switch
        {
            <= ColumnKind.Int64 => checked((ulong)cell.Value),
            ColumnKind.UInt64 or ColumnKind.Bits => (ulong)cell.Value,
            _ => throw Mismatch(ordinal, "an integer"),
        };
    }

    /// <inheritdoc />
    public override int GetInt32(int ordinal) => checked((int)GetInt64(ordinal));

    /// <inheritdoc />
    public override short GetInt16(int ordinal) => checked((short)GetInt64(ordinal));

    /// <inheritdoc />
    public override byte GetByte(int ordinal) => checked((byte)GetInt64(ordinal));

    /// <inheritdoc />
    public override bool GetBoolean(int ordinal) => GetInt64(ordinal) != 0;

    /// <inheritdoc />
    public override double GetDouble(int ordinal)
    {
        ref readonly Cell cell = ref NotNull(ordinal);
        return _columns[ordinal].Kind switch
        {
            ColumnKind.Double => BitConverter.Int64BitsToDouble(cell.Value),
            ColumnKind.Single => BitConverter.Int32BitsToSingle((int)cell.Value),
            ColumnKind.Decimal => double.Parse(Data(cell), NumberStyles.Float, CultureInfo.InvariantCulture),
            ColumnKind.UInt64 => (ulong)cell.Value,
            <= ColumnKind.Int64 => cell.Value,
            _ => throw Mismatch(ordinal, "a number"),
        };
    }

    /// <inheritdoc />
    public override float GetFloat(int ordinal) => (float)GetDouble(ordinal);

    /// <summary>The value of an integer or of a DECIMAL of at most 28 digits; <see cref="GetString"/> gives any DECIMAL.</summary>
    /// <param name="ordinal">The column's number.</param>
    /// <returns>The value.</returns>
    /// <exception cref="OverflowException">It has more digits, and would be rounded.</exception>
    public override decimal GetDecimal(int ordinal)
    {
        ref readonly Cell cell = ref NotNull(ordinal);
        switch (_columns[ordinal].Kind)
        {
            case ColumnKind.Decimal:
                ReadOnlySpan<byte> text = Data(cell);
                return IsExact(text)
                    ? decimal.Parse(text, NumberStyles.Number, CultureInfo.InvariantCulture)
                    : throw new OverflowException($"Column {ordinal} has more digits than a decimal can take; read it as a string.");
            case ColumnKind.UInt64:
                return (ulong)cell.Value;
            case <= ColumnKind.Int64:
                return cell.Value;
            default:
                throw Mismatch(ordinal, "an exact number");
        }
    }

    /// <summary>The value of a DATETIME, TIMESTAMP or DATE, of kind UTC.</summary>
    /// <param name="ordinal">The column's number.</param>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidCastException">It is none, or the zero date.</exception>
    public override DateTime GetDateTime(int ordinal)
    {
        ref readonly Cell cell = ref NotNull(ordinal);
        if (_columns[ordinal].Kind is not (ColumnKind.DateTime or ColumnKind.Date))
        {
            throw Mismatch(ordinal, "a date");
        }

        return cell.Value >= 0 ? new DateTime(cell.Value, DateTimeKind.Utc) : throw new InvalidCastException($"Column {ordinal} is a date that does not exist.");
    }

    /// <summary>The value of a TIME.</summary>
    /// <param name="ordinal">The column's number.</param>
    /// <returns>The value.</returns>
    public TimeSpan GetTimeSpan(int ordinal)
    {
        ref readonly Cell cell = ref NotNull(ordinal);
        return _columns[ordinal].Kind == ColumnKind.Time ? new TimeSpan(cell.Value) : throw Mismatch(ordinal, "a time");
    }

    /// <inheritdoc />
    public override string GetString(int ordinal)
    {
        ref readonly Cell cell = ref NotNull(ordinal);
        return _columns[ordinal].Kind is ColumnKind.Text or ColumnKind.Decimal ? Encoding.UTF8.GetString(Data(cell)) : throw Mismatch(ordinal, "text");
    }

    /// <inheritdoc />
    public override Guid GetGuid(int ordinal) => throw new NotSupportedException("There is no column type for a GUID; read bytes or text.");

    /// <inheritdoc />
    public override char GetChar(int ordinal) => throw new NotSupportedException("Read a string.");

    /// <inheritdoc />
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        throw new NotSupportedException("Read a string.");

    /// <inheritdoc />
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length)
    {
        ReadOnlySpan<byte> bytes = GetSpan(ordinal);
        if (buffer is null)
        {
            return bytes.Length;
        }

        ArgumentOutOfRangeException.ThrowIfNegative(dataOffset);
        if (dataOffset >= bytes.Length)
        {
            return 0;
        }

        ReadOnlySpan<byte> rest = bytes[(int)dataOffset..];
        int count = Math.Min(rest.Length, length);
        rest[..count].CopyTo(buffer.AsSpan(bufferOffset));
        return count;
    }

    /// <summary>The bytes of a value, where they are: good until the next row is read. For UTF-8 of text as well.</summary>
    /// <param name="ordinal">The column's number.</param>
    /// <returns>The bytes.</returns>
    public ReadOnlySpan<byte> GetSpan(int ordinal)
    {
        ref readonly Cell cell = ref NotNull(ordinal);
        return _columns[ordinal].IsVariable ? Data(cell) : throw Mismatch(ordinal, "bytes or text");
    }

    /// <inheritdoc />
    public override object GetValue(int ordinal)
    {
        ref readonly Cell cell = ref At(ordinal);
        if (cell.Length == Cell.Null)
        {
            return DBNull.Value;
        }

        return _columns[ordinal].Kind switch
        {
            ColumnKind.SByte => (sbyte)cell.Value,
            ColumnKind.Byte => (byte)cell.Value,
            ColumnKind.Int16 => (short)cell.Value,
            ColumnKind.UInt16 => (ushort)cell.Value,
            ColumnKind.Int32 => (int)cell.Value,
            ColumnKind.UInt32 => (uint)cell.Value,
            ColumnKind.Int64 => cell.Value,
            ColumnKind.UInt64 or ColumnKind.Bits => (ulong)cell.Value,
            ColumnKind.Single => BitConverter.Int32BitsToSingle((int)cell.Value),
            ColumnKind.Double => BitConverter.Int64BitsToDouble(cell.Value),
            ColumnKind.DateTime or ColumnKind.Date => GetDateTime(ordinal),
            ColumnKind.Time => new TimeSpan(cell.Value),
            ColumnKind.Bytes => Data(cell).ToArray(),
            _ => GetString(ordinal),
        };
    }

    /// <inheritdoc />
    public override int GetValues(object[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        int count = Math.Min(values.Length, _columns.Length);
        for (int i = 0; i < count; i++)
        {
            values[i] = GetValue(i);
        }

        return count;
    }

    /// <summary>A value as a type: its own, another integer type, bytes, or one of .NET's types for dates and times.</summary>
    /// <typeparam name="T">The type; a nullable one for a column that may be NULL.</typeparam>
    /// <param name="ordinal">The column's number.</param>
    /// <returns>The value.</returns>
    public override T GetFieldValue<T>(int ordinal)
    {
        if (default(T) is not null)
        {
            return Plain<T>(ordinal);
        }

        object value = GetValue(ordinal);
        if (value is T same)
        {
            return same;
        }

        Type? underlying = Nullable.GetUnderlyingType(typeof(T));
        if (value is DBNull)
        {
            return underlying is not null ? default! : throw NullValue(ordinal);
        }

        return underlying is not null && value is IConvertible
            ? (T)Convert.ChangeType(value, underlying, CultureInfo.InvariantCulture)
            : throw Mismatch(ordinal, typeof(T).Name);
    }

    // The comparisons of types are decided when the code is compiled, so no value is boxed.
    private T Plain<T>(int ordinal)
    {
        if (typeof(T) == typeof(long))
        {
            return As<long, T>(GetInt64(ordinal));
        }

        if (typeof(T) == typeof(ulong))
        {
            return As<ulong, T>(GetUInt64(ordinal));
        }

        if (typeof(T) == typeof(int))
        {
            return As<int, T>(GetInt32(ordinal));
        }

        if (typeof(T) == typeof(uint))
        {
            return As<uint, T>(checked((uint)GetInt64(ordinal)));
        }

        return typeof(T) == typeof(DateTime) ? As<DateTime, T>(GetDateTime(ordinal))
            : typeof(T) == typeof(DateTimeOffset) ? As<DateTimeOffset, T>(new DateTimeOffset(GetDateTime(ordinal)))
            : typeof(T) == typeof(DateOnly) ? As<DateOnly, T>(DateOnly.FromDateTime(GetDateTime(ordinal)))
            : typeof(T) == typeof(TimeSpan) ? As<TimeSpan, T>(GetTimeSpan(ordinal))
            : typeof(T) == typeof(bool) ? As<bool, T>(GetBoolean(ordinal))
            : typeof(T) == typeof(byte) ? As<byte, T>(GetByte(ordinal))
            : typeof(T) == typeof(sbyte) ? As<sbyte, T>(checked((sbyte)GetInt64(ordinal)))
            : typeof(T) == typeof(short) ? As<short, T>(GetInt16(ordinal))
            : typeof(T) == typeof(ushort) ? As<ushort, T>(checked((ushort)GetInt64(ordinal)))
            : typeof(T) == typeof(double) ? As<double, T>(GetDouble(ordinal))
            : typeof(T) == typeof(float) ? As<float, T>(GetFloat(ordinal))
            : typeof(T) == typeof(decimal) ? As<decimal, T>(GetDecimal(ordinal))
            : throw Mismatch(ordinal, typeof(T).Name);
    }

    private static TTo As<TFrom, TTo>(TFrom value) => Unsafe.As<TFrom, TTo>(ref value);

    private static bool IsExact(ReadOnlySpan<byte> text)
    {
        int point = text.IndexOf((byte)'.');
        int fraction = point < 0 ? 0 : text.Length - point - 1;
        ReadOnlySpan<byte> significant = text.TrimStart("-0."u8);
        return fraction <= MostDecimalDigits && significant.Length - (significant.Contains((byte)'.') ? 1 : 0) <= MostDecimalDigits;
    }

    private ref readonly Cell At(int ordinal)
    {
        if (_block is not { } block || _row < 0)
        {
            throw new InvalidOperationException("The reader is not on a row.");
        }

        if ((uint)ordinal >= (uint)_columns.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(ordinal), ordinal, $"The result has {_columns.Length} columns.");
        }

        return ref block[_row, ordinal];
    }

    private ref readonly Cell NotNull(int ordinal)
    {
        ref readonly Cell cell = ref At(ordinal);
        if (cell.Length == Cell.Null)
        {
            throw NullValue(ordinal);
        }

        return ref cell;
    }

    private ReadOnlySpan<byte> Data(in Cell cell) => _block!.Data.AsSpan((int)cell.Value, cell.Length);

    private InvalidCastException NullValue(int ordinal) => new($"Column {ordinal} ({_columns[ordinal].Name}) is NULL.");

    private InvalidCastException Mismatch(int ordinal, string wanted) =>
        new($"Column {ordinal} ({_columns[ordinal].Name}) is {_columns[ordinal].TypeName}, not {wanted}.");
}
