using System.Globalization;
using System.Numerics;
using System.Text;
using PkiCore.MariaDb.Interop;

namespace PkiCore.MariaDb.Parameters;

/// <summary>The values of a statement's parameters in native memory, in the order of their markers.</summary>
internal sealed unsafe class ParameterBuffer : IDisposable
{
    // A number, or a MYSQL_TIME.
    private const int SlotLength = 40;

    private readonly NativeBuffer _memory;

    internal ParameterBuffer(ReadOnlySpan<object?> values)
    {
        Count = values.Length;
        nuint head = (nuint)Count * (nuint)(sizeof(MYSQL_BIND) + SlotLength);
        nuint length = head;
        var normal = new object?[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            normal[i] = Normalize(values[i]);
            length += (nuint)VariableLength(normal[i]);
        }

        _memory = new NativeBuffer(length + 1);
        byte* slot = _memory.Pointer + (Count * sizeof(MYSQL_BIND));
        byte* data = _memory.Pointer + head;
        for (int i = 0; i < normal.Length; i++)
        {
            Write(ref Binds[i], normal[i], slot, ref data);
            slot += SlotLength;
        }
    }

    internal int Count { get; }

    internal MYSQL_BIND* Binds => (MYSQL_BIND*)_memory.Pointer;

    public void Dispose() => _memory.Dispose();

    /// <summary>The few types that go over the wire.</summary>
    private static object? Normalize(object? value) => value switch
    {
        null or DBNull => null,
        bool flag => flag ? (sbyte)1 : (sbyte)0,
        char character => character.ToString(),
        Enum constant => Convert.ChangeType(constant, Enum.GetUnderlyingType(constant.GetType()), CultureInfo.InvariantCulture),
        decimal number => number.ToString(CultureInfo.InvariantCulture),
        BigInteger number => number.ToString(CultureInfo.InvariantCulture),
        // The session's time zone is UTC. A time of unspecified kind, as a reader of another provider gives it, is taken for UTC.
        DateTime { Kind: DateTimeKind.Local } time => time.ToUniversalTime(),
        DateTimeOffset time => time.UtcDateTime,
        byte[] bytes => new ReadOnlyMemory<byte>(bytes),
        Memory<byte> bytes => (ReadOnlyMemory<byte>)bytes,
        ArraySegment<byte> bytes => (ReadOnlyMemory<byte>)bytes,
        _ => value,
    };

    private static int VariableLength(object? value) => value switch
    {
        string text => Encoding.UTF8.GetByteCount(text),
        ReadOnlyMemory<byte> bytes => bytes.Length,
        _ => 0,
    };

    private static void Write(ref MYSQL_BIND bind, object? value, byte* slot, ref byte* data)
    {
        bind.Buffer = slot;
        switch (value)
        {
            case null:
                bind.BufferType = FieldType.Null;
                break;
            case string text:
                int length = Encoding.UTF8.GetByteCount(text);
                _ = Encoding.UTF8.GetBytes(text, new Span<byte>(data, length));
                SetVariable(ref bind, FieldType.String, length, ref data);
                break;
            case ReadOnlyMemory<byte> bytes:
                bytes.Span.CopyTo(new Span<byte>(data, bytes.Length));
                SetVariable(ref bind, FieldType.Blob, bytes.Length, ref data);
                break;
            case DateTime time:
                *(MYSQL_TIME*)slot = MYSQL_TIME.FromDateTime(time);
                bind.BufferType = FieldType.DateTime;
                break;
            case DateOnly date:
                *(MYSQL_TIME*)slot = MYSQL_TIME.FromDate(date);
                bind.BufferType = FieldType.Date;
                break;
            case TimeSpan time:
                *(MYSQL_TIME*)slot = MYSQL_TIME.FromTimeSpan(time);
                bind.BufferType = FieldType.Time;
                break;
            default:
                WriteNumber(ref bind, value, slot);
                break;
        }
    }

    private static void WriteNumber(ref MYSQL_BIND bind, object value, byte* slot)
    {
        switch (value)
        {
            case float number:
                *(float*)slot = number;
                bind.BufferType = FieldType.Float;
                break;
            case double number:
                *(double*)slot = number;
                bind.BufferType = FieldType.Double;
                break;
            case ulong or uint or ushort or byte:
                *(ulong*)slot = Convert.ToUInt64(value, CultureInfo.InvariantCulture);
                bind.BufferType = FieldType.LongLong;
                bind.IsUnsigned = 1;
                break;
            case long or int or short or sbyte:
                *(long*)slot = Convert.ToInt64(value, CultureInfo.InvariantCulture);
                bind.BufferType = FieldType.LongLong;
                break;
            default:
                throw new NotSupportedException($"A parameter cannot be of type {value.GetType()}.");
        }
    }

    private static void SetVariable(ref MYSQL_BIND bind, FieldType type, int length, ref byte* data)
    {
        bind.Buffer = data;
        bind.BufferLength = (nuint)length;
        bind.BufferType = type;
        data += length;
    }
}
