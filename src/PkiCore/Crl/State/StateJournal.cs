using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using PkiCore.IO;

namespace PkiCore.Crl.State;

/// <summary>
/// A file of frames, each with a CRC-32C: appended to, read once at the start, and written anew when it has grown too long. A frame that a crash has cut
/// short ends it. Held exclusively. Not safe for use from several threads.
/// </summary>
internal sealed class StateJournal : IDisposable
{
    /// <summary>No frame has a longer payload.</summary>
    public const int MaxPayload = 16 << 20;

    private const int HeaderLength = 2 * sizeof(uint);
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static ReadOnlySpan<byte> Magic => "PkiCoreCrlState1"u8;

    private readonly string _path;
    private SafeFileHandle _file;

    private StateJournal(string path, SafeFileHandle file)
    {
        _path = path;
        _file = file;
    }

    public delegate void PayloadAction(ReadOnlySpan<byte> payload);

    /// <summary>How long the file is.</summary>
    public long Length { get; private set; }

    /// <summary>Opens a file, or makes it.</summary>
    /// <exception cref="IOException">It cannot be opened, or another process holds it.</exception>
    public static StateJournal Open(string path) => new(path, OpenFile(path, FileMode.OpenOrCreate));

    /// <summary>Reads all frames from the start.</summary>
    /// <returns>What was wrong with the end of the file, which is cut off then; <see langword="null"/> when nothing was.</returns>
    public string? ReadAll(PayloadAction action)
    {
        long end = RandomAccess.GetLength(_file);
        byte[] buffer = new byte[HeaderLength];
        byte[] start = new byte[Magic.Length];
        if (!TryRead(start, 0) || !Magic.SequenceEqual(start))
        {
            Clear();
            return end == 0 ? null : "it does not begin like a state file of this version";
        }

        for (Length = Magic.Length; Length < end;)
        {
            int length = TryRead(buffer.AsSpan(0, HeaderLength), Length) ? BinaryPrimitives.ReadInt32LittleEndian(buffer) : -1;
            uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(sizeof(uint)));
            if (length is <= 0 or > MaxPayload || length > end - Length - HeaderLength)
            {
                return CutOff(end);
            }

            if (buffer.Length < length)
            {
                buffer = new byte[Math.Max(length, 2 * buffer.Length)];
            }

            Span<byte> payload = buffer.AsSpan(0, length);
            if (!TryRead(payload, Length + HeaderLength) || Crc32C.Compute(payload) != checksum)
            {
                return CutOff(end);
            }

            action(payload);
            Length += HeaderLength + length;
        }

        return null;
    }

    /// <summary>Adds a frame; not yet to the disk.</summary>
    /// <exception cref="IOException">It cannot be written; the file is as it was.</exception>
    public void Append(ReadOnlySpan<byte> payload)
    {
        Write(_file, Length, payload); // what is left of one that failed lies behind the end, and is written over
        Length += HeaderLength + payload.Length;
    }

    /// <summary>Waits until everything is on the disk.</summary>
    public void Flush() => RandomAccess.FlushToDisk(_file);

    private void Clear()
    {
        RandomAccess.SetLength(_file, 0);
        RandomAccess.Write(_file, Magic, 0);
        Length = Magic.Length;
    }

    /// <summary>Writes the file anew.</summary>
    /// <param name="payloads">All frames.</param>
    /// <exception cref="IOException">It cannot be written; the file is as it was.</exception>
    public void Rewrite(IEnumerable<ReadOnlyMemory<byte>> payloads)
    {
        string temporary = _path + ".new";
        SafeFileHandle file = OpenFile(temporary, FileMode.Create);
        try
        {
            RandomAccess.Write(file, Magic, 0);
            long length = Magic.Length;
            foreach (ReadOnlyMemory<byte> payload in payloads)
            {
                Write(file, length, payload.Span);
                length += HeaderLength + payload.Length;
            }

            RandomAccess.FlushToDisk(file);
            File.Move(temporary, _path, overwrite: true);
            DurableFile.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
            (file, _file) = (_file, file);
            Length = length;
        }
        catch
        {
            Discard(temporary);
            throw;
        }
        finally
        {
            file.Dispose();
        }
    }

    public void Dispose() => _file.Dispose();

    private static SafeFileHandle OpenFile(string path, FileMode mode)
    {
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new IOException($"'{path}' cannot be opened; another publisher may be using the folder: {e.Message}", e);
        }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, Mode);
        }

        return file;
    }

    /// <summary>What there was room for would take the rest of a full disk until the next try.</summary>
    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary); // unless it has its name already
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // the next try writes over it
        }
    }

    private static void Write(SafeFileHandle file, long offset, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        BinaryPrimitives.WriteInt32LittleEndian(header, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[sizeof(uint)..], Crc32C.Compute(payload));
        RandomAccess.Write(file, header, offset);
        RandomAccess.Write(file, payload, offset + HeaderLength);
    }

    private string CutOff(long end)
    {
        RandomAccess.SetLength(_file, Length);
        return $"its last {end - Length} bytes are not whole and were cut off";
    }

    private bool TryRead(Span<byte> destination, long offset)
    {
        while (!destination.IsEmpty)
        {
            int read = RandomAccess.Read(_file, destination, offset);
            if (read == 0)
            {
                return false;
            }

            destination = destination[read..];
            offset += read;
        }

        return true;
    }
}
