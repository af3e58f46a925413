using System.Buffers.Binary;
using PkiCore.Asn1;
using PkiCore.Tests.Asn1;

namespace PkiCore.Tests.Crl;

/// <summary>A CRL of any size that nobody has to keep: its entries, alike but for their serial numbers, are made when they are read.</summary>
internal sealed class GeneratedCrl : Stream
{
    private readonly byte[] _head;
    private readonly byte[] _tail;
    private readonly byte[] _entry;
    private readonly int _serialOffset;
    private readonly long _count;
    private long _current = -1; // whose serial number is in _entry

    /// <param name="entryLength">About how long an entry is.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="issuer">The Name, see <see cref="DerText"/>.</param>
    /// <param name="algorithm">The AlgorithmIdentifier.</param>
    public GeneratedCrl(int entryLength, long count, string issuer = CrlText.OnlyIssuer, string algorithm = "30(06 03 2A0304)")
    {
        string filler = new('0', 2 * Math.Max(0, entryLength - 60));
        _entry = DerText.Parse($"30(02 08 4000000000000000 17 0D 3234303131353130303030305A 30(30(06 03 2A0305 04({filler}))))");
        _serialOffset = _entry.AsSpan().IndexOf((byte)0x40);
        _count = count;

        byte[] fields = DerText.Parse($"020101 {algorithm} {issuer} 17 0D 3236303130313030303030305A");
        byte[] extensions = DerText.Parse("A0(30(30(06 03 551D14 04(02 01 07))))");
        byte[] listHeader = Header(EntriesLength);
        byte[] signedHeader = Header(fields.Length + listHeader.Length + EntriesLength + extensions.Length);
        _tail = [.. extensions, .. DerText.Parse($"{algorithm} 03 03 00 AABB")];
        byte[] outerHeader = Header(signedHeader.Length + fields.Length + listHeader.Length + EntriesLength + _tail.Length);
        _head = [.. outerHeader, .. signedHeader, .. fields, .. listHeader];
    }

    public int EntryLength => _entry.Length;

    public int HeadLength => _head.Length;

    /// <summary>The entry that is to have no serial number; -1 for none.</summary>
    public long Spoilt { get; init; } = -1;

    public override long Length => _head.Length + EntriesLength + _tail.Length;

    public override long Position { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    private long EntriesLength => _count * _entry.Length;

    public override int Read(Span<byte> buffer)
    {
        long inEntries = Position - _head.Length;
        ReadOnlySpan<byte> source = inEntries < 0 ? _head.AsSpan((int)Position)
            : inEntries < EntriesLength ? Entry(inEntries / _entry.Length)[(int)(inEntries % _entry.Length)..]
            : _tail.AsSpan((int)(inEntries - EntriesLength));
        int count = Math.Min(source.Length, buffer.Length);
        source[..count].CopyTo(buffer);
        Position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
        // nothing is written
    }

    private ReadOnlySpan<byte> Entry(long index)
    {
        if (index != _current)
        {
            BinaryPrimitives.WriteInt64BigEndian(_entry.AsSpan(_serialOffset), 0x4000_0000_0000_0000 + index);
            _entry[_serialOffset - 2] = index == Spoilt ? DerTag.Null : DerTag.Integer;
            _current = index;
        }

        return _entry;
    }

    private static byte[] Header(long length)
    {
        Span<byte> octets = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(octets, length);
        octets = octets.TrimStart((byte)0);
        return length < 0x80 ? [DerTag.Sequence, (byte)length] : [DerTag.Sequence, (byte)(0x80 | octets.Length), .. octets];
    }
}
