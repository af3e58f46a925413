using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using PkiCore.Status;

namespace PkiCore.Crl.Files;

/// <summary>
/// One published CRL, opened once. Sets and downloads share it: each holds a reference, and the file is closed with the last one. (A
/// SafeFileHandle counts too, but refuses reads as soon as it is disposed.)
/// </summary>
internal sealed class StoredCrl
{
    private readonly SafeFileHandle _handle;
    private int _references = 1;

    private StoredCrl(SafeFileHandle handle, FileIdentity identity, CrlReader crl)
    {
        _handle = handle;
        Identity = identity;
        ThisUpdate = crl.ThisUpdate;
        NextUpdate = crl.NextUpdate;
        LastModified = ThisUpdate.ToString("R", CultureInfo.InvariantCulture);
        ETag = MakeETag(crl.Signature.Span, identity.Length);
    }

    public FileIdentity Identity { get; }

    public long Length => Identity.Length;

    public string ETag { get; }

    public DateTimeOffset ThisUpdate { get; }

    public DateTimeOffset? NextUpdate { get; }

    public string LastModified { get; }

    public string? Expires { get; }

    /// <summary>Opens a file and reads the head and the tail of the CRL in it; the caller holds the first reference.</summary>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    /// <exception cref="InvalidDataException">It is not a CRL in DER.</exception>
    public static StoredCrl Open(string path)
    {
        if (FileIdentity.Of(path).Length == 0)
        {
            throw new InvalidDataException($"{Path.GetFileName(path)} is empty"); // so is a pipe, and opening one would wait for a writer
        }

        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        try
        {
            var identity = FileIdentity.Of(handle); // before reading: what is written later makes another one
            using var borrowed = new SafeFileHandle(handle.DangerousGetHandle(), ownsHandle: false);
            using var stream = new FileStream(borrowed, FileAccess.Read);
            using var crl = new CrlReader(stream);
            return crl.Length == identity.Length ? new StoredCrl(handle, identity, crl) : throw new InvalidDataException($"{Path.GetFileName(path)} changes while it is read");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <returns><see langword="false"/> when the last reference is gone and the file closed.</returns>
    public bool TryAddReference()
    {
        int references = Volatile.Read(ref _references);
        while (references > 0)
        {
            int seen = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (seen == references)
            {
                return true;
            }

            references = seen;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            _handle.Dispose();
        }
    }

    /// <inheritdoc cref="CrlDownload.Read"/>
    public int Read(long offset, Span<byte> destination) => RandomAccess.Read(_handle, destination, offset);

    /// <summary>
    /// The signature stands for all bytes before it, so equal bytes have equal tags on every machine and other bytes another, and nothing
    /// large is hashed. The length is in it for what a signature does not cover.
    /// </summary>
    private static string MakeETag(ReadOnlySpan<byte> signature, long length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> buffer = stackalloc byte[SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt64BigEndian(buffer, length);
        hash.AppendData(signature);
        hash.AppendData(buffer[..sizeof(long)]);
        hash.GetHashAndReset(buffer);
        return $"\"{Convert.ToHexStringLower(buffer[..16])}\"";
    }
}
