using System.Buffers.Binary;
using PkiCore.IO;
using PkiCore.Status;

namespace PkiCore.Serving.Snapshots;

/// <summary>Writes a snapshot: to another name, onto the disk, and then in place of the one before, so that there is always a whole one.</summary>
internal static class SnapshotWriter
{
    private const int WriteLength = 512 * 1024;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <returns>The length of the file.</returns>
    /// <exception cref="IOException">It could not be written; the one before is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static long Write(string path, TablePicture picture, CancellationToken cancellationToken)
    {
        string temporary = path + ".tmp";
        using FileStream turn = Create(path + ".lock", FileMode.OpenOrCreate); // another process, or responder, may write here too
        try
        {
            File.Delete(temporary); // what an earlier process left keeps its mode
            long length;
            using (FileStream file = Create(temporary, FileMode.CreateNew))
            {
                length = Write(file, picture, cancellationToken);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            DurableFile.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return length;
        }
        catch
        {
            File.Delete(temporary); // others need the room
            throw;
        }
    }

    private static FileStream Create(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly; // architecture rule 6 keeps secrets out of it, and this keeps it from being changed
        }

        return new FileStream(path, options);
    }

    private static long Write(FileStream file, TablePicture picture, CancellationToken cancellationToken)
    {
        byte[] contents = SnapshotFormat.Write(picture.Contents);
        var plan = new SnapshotPlan(picture.Contents, contents.Length);
        Span<byte> header = stackalloc byte[SnapshotPlan.HeaderLength];
        SnapshotPlan.Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], SnapshotFormat.Version);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], contents.Length);
        file.Write(header);
        file.Write(contents);
        WriteWord(file, Crc32C.Compute(contents));

        byte[] buffer = new byte[plan.Chunks.Select(chunk => chunk.Length).DefaultIfEmpty(0).Max()];
        byte[] trailer = new byte[plan.TrailerLength];
        var work = new LongWork(itemsToALook: 1);
        for (int i = 0; i < plan.Chunks.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SnapshotChunk chunk = plan.Chunks[i];
            Span<byte> bytes = buffer.AsSpan(0, chunk.Length);
            picture.CopyTo(in chunk, bytes);
            work.Next();
            BinaryPrimitives.WriteUInt32LittleEndian(trailer.AsSpan(i * sizeof(uint)), Crc32C.Compute(bytes));
            work.Next();
            for (int offset = 0; offset < bytes.Length; offset += WriteLength)
            {
                file.Write(bytes.Slice(offset, Math.Min(WriteLength, bytes.Length - offset)));
                work.Next();
            }
        }

        int checksums = plan.Chunks.Count * sizeof(uint);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer.AsSpan(checksums), Crc32C.Compute(trailer.AsSpan(0, checksums)));
        SnapshotPlan.Magic.CopyTo(trailer.AsSpan(checksums + sizeof(uint)));
        file.Write(trailer);
        return plan.FileLength;
    }

    private static void WriteWord(FileStream file, uint word)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
        file.Write(bytes);
    }
}
