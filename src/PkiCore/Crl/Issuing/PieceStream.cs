namespace PkiCore.Crl.Issuing;

/// <summary>Reads pieces of memory one behind the other, without putting them together.</summary>
internal sealed class PieceStream : Stream
{
    private readonly ReadOnlyMemory<byte>[] _pieces;
    private readonly long[] _ends;
    private long _position;
    private int _piece;

    public PieceStream(IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        _pieces = [.. pieces.Where(piece => !piece.IsEmpty)];
        _ends = new long[_pieces.Length];
        long length = 0;
        for (int i = 0; i < _pieces.Length; i++)
        {
            _ends[i] = length += _pieces[i].Length;
        }

        Length = length;
    }

    public override long Length { get; }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
            int found = Array.BinarySearch(_ends, value + 1);
            _piece = found < 0 ? ~found : found;
        }
    }

    public override int Read(Span<byte> buffer)
    {
        int read = 0;
        while (!buffer.IsEmpty && _piece < _pieces.Length)
        {
            ReadOnlySpan<byte> piece = _pieces[_piece].Span;
            ReadOnlySpan<byte> rest = piece[(piece.Length - (int)(_ends[_piece] - _position))..];
            int taken = Math.Min(rest.Length, buffer.Length);
            rest[..taken].CopyTo(buffer);
            buffer = buffer[taken..];
            read += taken;
            _position += taken;
            _piece += taken == rest.Length ? 1 : 0;
        }

        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _position,
        _ => Length,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
