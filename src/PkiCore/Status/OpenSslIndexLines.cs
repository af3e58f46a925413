using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace PkiCore.Status;

/// <summary>The lines of an index file, one after another in a buffer, without those that say nothing by right: blank ones and comments.</summary>
internal sealed class OpenSslIndexLines(SafeFileHandle file) : IDisposable
{
    public const int MaxLineLength = 1 << 20;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(MaxLineLength);
    private LongWork _work = new(itemsToALook: 16);
    private long _offset;
    private int _start;
    private int _filled;
    private bool _atEnd;
    private bool _isTooLong; // the line whose end is looked for did not fit

    /// <summary>The number of the line that was read last, counted from 1.</summary>
    public int Number { get; private set; }

    /// <summary>Whether the line that was read last is longer than <see cref="MaxLineLength"/>; nothing is known of it but how it begins.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Whether the line that was read last begins with R.</summary>
    public bool BeginsWithR { get; private set; }

    /// <summary>Whether the last line ends as lines do; known when all have been read.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>Reads the next line.</summary>
    /// <param name="line">The line without its end, until the next one is read.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            line = _buffer.AsSpan(_start, _filled - _start);
            int length = line.IndexOf((byte)'\n');
            if (length < 0 && !_atEnd)
            {
                Fill();
                continue;
            }

            if (length < 0)
            {
                if (line.IsEmpty && !_isTooLong)
                {
                    return false;
                }

                IsComplete = false;
                length = line.Length;
            }

            line = line[..length].TrimEnd((byte)'\r');
            _start = Math.Min(_start + length + 1, _filled);
            Number++;
            _work.Next();
            IsTooLong = _isTooLong;
            BeginsWithR = IsTooLong ? BeginsWithR : line is [(byte)'R', ..];
            _isTooLong = false;
            bool saysNothing = !IsTooLong && line is [] or [(byte)'#', ..]; // OpenSSL passes over comments
            if (!saysNothing)
            {
                return true;
            }
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void Fill()
    {
        _buffer.AsSpan(_start, _filled - _start).CopyTo(_buffer);
        (_start, _filled) = (0, _filled - _start);
        if (!_isTooLong && _filled == MaxLineLength)
        {
            _isTooLong = true;
            BeginsWithR = _buffer[0] == (byte)'R';
        }

        _filled = _isTooLong ? 0 : _filled;
        int read = RandomAccess.Read(file, _buffer.AsSpan(_filled, MaxLineLength - _filled), _offset);
        _offset += read;
        _filled += read;
        _atEnd = read == 0;
    }
}
