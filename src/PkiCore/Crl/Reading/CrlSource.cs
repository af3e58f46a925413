using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;
using PkiCore.Status;

namespace PkiCore.Crl.Reading;

/// <summary>The bytes of a CRL, read at any place.</summary>
internal abstract class CrlSource : IDisposable
{
    private const int MaxPemLength = 256 << 20;

    /// <summary>For messages.</summary>
    public abstract string Name { get; }

    public abstract long Length { get; }

    /// <summary>Opens a file: DER is read from it as needed, PEM is decoded at once.</summary>
    public static CrlSource Open(string path)
    {
        FileIdentity.CheckIsRegular(path);
        SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        var source = new FileSource(file, path);
        try
        {
            Span<byte> first = stackalloc byte[1];
            if (source.Length == 0 || source.ReadSome(0, first) == 0)
            {
                throw new InvalidDataException($"{source.Name}: the file is empty.");
            }

            if (first[0] == 0x30)
            {
                return source;
            }

            using (source)
            {
                return DecodePem(source);
            }
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Reads until the span is full.</summary>
    public void Read(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int read = ReadSome(offset, destination);
            if (read == 0)
            {
                throw new EndOfStreamException($"{Name} ends at byte {offset}: it became shorter while it was read.");
            }

            offset += read;
            destination = destination[read..];
        }
    }

    public abstract void Dispose();

    protected abstract int ReadSome(long offset, Span<byte> destination);

    /// <summary>The first block; whatever stands in front of it, such as the text that OpenSSL writes, is skipped.</summary>
    private static StreamSource DecodePem(FileSource file)
    {
        ReadOnlySpan<byte> begin = "-----BEGIN X509 CRL-----"u8;
        ReadOnlySpan<byte> end = "-----END X509 CRL-----"u8;
        if (file.Length > MaxPemLength)
        {
            throw new InvalidDataException($"{file.Name} is not DER, and PEM of more than {MaxPemLength >> 20} MiB is not read.");
        }

        byte[] text = new byte[(int)file.Length];
        file.Read(0, text);
        int start = text.AsSpan().IndexOf(begin);
        if (start < 0)
        {
            throw new InvalidDataException($"{file.Name} is neither DER nor PEM: it does not begin with 30, and has no X509 CRL block.");
        }

        Span<byte> body = text.AsSpan(start + begin.Length);
        int length = body.IndexOf(end);
        if (length < 0 || Base64.DecodeFromUtf8InPlace(body[..length], out int decoded) != System.Buffers.OperationStatus.Done)
        {
            throw new InvalidDataException($"{file.Name}: byte {start}: the first PEM block {(length < 0 ? "has no end" : "is not base64")}.");
        }

        return new StreamSource(new MemoryStream(text, start + begin.Length, decoded, writable: false), file.Name);
    }

    private sealed class FileSource(SafeFileHandle file, string path) : CrlSource
    {
        public override string Name => $"'{path}'";

        public override long Length { get; } = RandomAccess.GetLength(file);

        public override void Dispose() => file.Dispose();

        protected override int ReadSome(long offset, Span<byte> destination) => RandomAccess.Read(file, destination, offset);
    }

    /// <summary>A seekable stream, which stays its owner's.</summary>
    public sealed class StreamSource(Stream stream, string name) : CrlSource
    {
        private readonly long _start = stream.Position;

        public override string Name => name;

        public override long Length { get; } = stream.Length - stream.Position;

        public override void Dispose()
        {
            // the stream is not ours
        }

        protected override int ReadSome(long offset, Span<byte> destination)
        {
            if (stream.Position != _start + offset)
            {
                stream.Position = _start + offset;
            }

            return stream.Read(destination);
        }
    }
}
