using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using PkiCore.Asn1;
using PkiCore.X509;

namespace PkiCore.Crl.State;

/// <summary>What the frames of a <see cref="StateJournal"/> are made of. A frame is records in the order in which they count.</summary>
internal enum StateRecordKind : byte
{
    /// <summary>What the state is about; the first record of a file.</summary>
    Purpose = 1,

    /// <summary>An entry that is new on a list, or another one than before.</summary>
    Set,

    /// <summary>A certificate that has left a list.</summary>
    Removed,

    /// <summary>How far the source of an issuer has been applied.</summary>
    Position,

    /// <summary>A complete CRL was issued.</summary>
    Base,

    /// <summary>A delta CRL was issued.</summary>
    Delta,

    /// <summary>A certificate has changed since the base: in a file that was written whole, where all entries come before the base.</summary>
    ChangedSinceBase,

    /// <summary>There are changes that no complete CRL tells of: in a file that was written whole, where which ones is not kept without delta CRLs.</summary>
    Changed,
}

/// <summary>Writes records into a buffer.</summary>
internal static class StateRecordWriter
{
    public static void WritePurpose(this ArrayBufferWriter<byte> buffer, string purpose)
    {
        buffer.Write([(byte)StateRecordKind.Purpose]);
        buffer.WriteText(purpose);
    }

    /// <param name="buffer">Where to.</param>
    /// <param name="list">The number of the list.</param>
    /// <param name="notAfter">When the certificate expires.</param>
    /// <param name="entry">Its entry.</param>
    public static void WriteSet(this ArrayBufferWriter<byte> buffer, int list, ExpiryTime notAfter, ReadOnlySpan<byte> entry)
    {
        Span<byte> span = buffer.GetSpan(1 + sizeof(int) + sizeof(uint) + entry.Length);
        span[0] = (byte)StateRecordKind.Set;
        BinaryPrimitives.WriteInt32LittleEndian(span[1..], list);
        BinaryPrimitives.WriteUInt32LittleEndian(span[5..], notAfter.Seconds);
        entry.CopyTo(span[9..]);
        buffer.Advance(9 + entry.Length);
    }

    /// <param name="buffer">Where to.</param>
    /// <param name="kind"><see cref="StateRecordKind.Removed"/> or <see cref="StateRecordKind.ChangedSinceBase"/>.</param>
    /// <param name="list">The number of the list.</param>
    /// <param name="serial">The certificate.</param>
    /// <param name="departure">How it left.</param>
    public static void WriteSerial(this ArrayBufferWriter<byte> buffer, StateRecordKind kind, int list, in SerialNumber serial, Departure departure)
    {
        Span<byte> span = buffer.GetSpan(64);
        span[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(span[1..], list);
        BinaryPrimitives.WriteInt64LittleEndian(span[5..], departure.Time.UtcTicks);
        span[13] = departure.IsReleased ? (byte)1 : (byte)0;
        Span<byte> octets = stackalloc byte[SerialNumber.MaxLength];
        var writer = new DerWriter(span[14..]);
        writer.WriteInteger(octets[..serial.CopyTo(octets)]);
        buffer.Advance(14 + writer.Written);
    }

    public static void WritePosition(this ArrayBufferWriter<byte> buffer, int issuer, string? position)
    {
        Span<byte> span = buffer.GetSpan(6);
        span[0] = (byte)StateRecordKind.Position;
        BinaryPrimitives.WriteInt32LittleEndian(span[1..], issuer);
        span[5] = position is null ? (byte)0 : (byte)1;
        buffer.Advance(6);
        buffer.WriteText(position ?? "");
    }

    /// <param name="buffer">Where to.</param>
    /// <param name="scope">The number of the scope.</param>
    /// <param name="number">The CRL's number.</param>
    /// <param name="expiredBefore">See <see cref="ScopeEntries.BecomeBase"/>.</param>
    /// <param name="departures">How many entries have left.</param>
    public static void WriteBase(this ArrayBufferWriter<byte> buffer, int scope, string number, DateTimeOffset? expiredBefore, int departures)
    {
        Span<byte> span = buffer.GetSpan(17);
        span[0] = (byte)StateRecordKind.Base;
        BinaryPrimitives.WriteInt32LittleEndian(span[1..], scope);
        BinaryPrimitives.WriteInt64LittleEndian(span[5..], expiredBefore?.UtcTicks ?? 0);
        BinaryPrimitives.WriteInt32LittleEndian(span[13..], departures);
        buffer.Advance(17);
        buffer.WriteText(number);
    }

    /// <param name="buffer">Where to.</param>
    /// <param name="kind"><see cref="StateRecordKind.Delta"/> or <see cref="StateRecordKind.Changed"/>.</param>
    /// <param name="scope">The number of the scope.</param>
    public static void WriteScope(this ArrayBufferWriter<byte> buffer, StateRecordKind kind, int scope)
    {
        Span<byte> span = buffer.GetSpan(5);
        span[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(span[1..], scope);
        buffer.Advance(5);
    }

    private static void WriteText(this ArrayBufferWriter<byte> buffer, string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        Span<byte> span = buffer.GetSpan(sizeof(int) + length);
        BinaryPrimitives.WriteInt32LittleEndian(span, length);
        Encoding.UTF8.GetBytes(text, span[sizeof(int)..]);
        buffer.Advance(sizeof(int) + length);
    }
}

/// <summary>Reads the records of a frame. It has passed its checksum: a fault in it is a fault of another program.</summary>
internal ref struct StateRecordReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    public readonly bool IsEmpty => _rest.IsEmpty;

    public StateRecordKind ReadKind() => (StateRecordKind)Take(1)[0];

    public int ReadNumber() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public bool ReadFlag() => Take(1)[0] != 0;

    public DateTimeOffset ReadTime() => new(BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long))), TimeSpan.Zero);

    public ExpiryTime ReadExpiry() => new(BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint))));

    public string ReadText() => Encoding.UTF8.GetString(Take(ReadNumber()));

    public ReadOnlySpan<byte> ReadEntry(out SerialNumber serial)
    {
        var reader = new DerReader(_rest);
        if (!reader.TryReadEncoded(DerTag.Sequence, out ReadOnlySpan<byte> entry)
            || !new DerReader(entry).TryReadSequence(out DerReader fields)
            || !fields.TryReadInteger(out ReadOnlySpan<byte> octets)
            || !SerialNumber.TryCreate(octets, out serial))
        {
            throw new InvalidDataException("an entry is not well-formed");
        }

        _rest = reader.Remaining;
        return entry;
    }

    public SerialNumber ReadSerial()
    {
        var reader = new DerReader(_rest);
        if (!reader.TryReadInteger(out ReadOnlySpan<byte> octets) || !SerialNumber.TryCreate(octets, out SerialNumber serial))
        {
            throw new InvalidDataException("a serial number is not well-formed");
        }

        _rest = reader.Remaining;
        return serial;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length < 0 || length > _rest.Length)
        {
            throw new InvalidDataException("a record is cut short");
        }

        ReadOnlySpan<byte> taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
