using System.Buffers.Binary;
using PkiCore.IO;
using PkiCore.Serving;
using PkiCore.Serving.Snapshots;
using PkiCore.Status;

namespace PkiCore.Tests.Serving.Snapshots;

/// <summary>A snapshot on the disk, whole or spoilt.</summary>
internal sealed class SnapshotFile : IDisposable
{
    public const string Purpose = "of these tests";

    private readonly TemporaryDirectory _directory = new();

    public SnapshotFile() => Path = _directory.File("test.table");

    public string Path { get; }

    public byte[] Bytes
    {
        get => File.ReadAllBytes(Path);
        set => File.WriteAllBytes(Path, value);
    }

    public SnapshotContents Write(CertificateTable table, string? position = "here")
    {
        using TablePicture picture = table.TakePicture(Purpose, new SourcePosition(position));
        SnapshotWriter.Write(Path, picture, CancellationToken.None);
        return picture.Contents;
    }

    public LoadedTable Read() => SnapshotReader.Read(Path, Purpose);

    /// <summary>Reads it into a new table.</summary>
    public CertificateTable Restore(int segmentBits, int signatureLength = 64) => Restore(Read(), segmentBits, signatureLength);

    public static CertificateTable Restore(LoadedTable loaded, int segmentBits, int signatureLength = 64)
    {
        var table = new CertificateTable(signatureCount: 2, segmentBits);
        table.SetSignatureLength(signatureLength);
        table.Restore(loaded);
        return table;
    }

    /// <summary>Puts other contents in place of those that were written, with a right checksum; the rest stays.</summary>
    public void ForgeContents(SnapshotContents contents)
    {
        byte[] bytes = Bytes;
        byte[] forged = SnapshotFormat.Write(contents);
        byte[] checksum = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, Crc32C.Compute(forged));
        byte[] header = bytes[..SnapshotPlan.HeaderLength];
        int length = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(12));
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), forged.Length);
        Bytes = [.. header, .. forged, .. checksum, .. bytes[(SnapshotPlan.HeaderLength + length + sizeof(uint))..]];
    }

    /// <summary>Changes a chunk, with right checksums.</summary>
    public void ForgeChunk(SnapshotContents contents, Func<SnapshotChunk, bool> isChosen, Action<byte[]> change)
    {
        byte[] bytes = Bytes;
        SnapshotPlan plan = PlanOf(contents);
        Span<byte> trailer = bytes.AsSpan((int)plan.Offset);
        int checksums = plan.Chunks.Count * sizeof(uint);
        for (int i = 0; i < plan.Chunks.Count; i++)
        {
            SnapshotChunk chunk = plan.Chunks[i];
            if (isChosen(chunk))
            {
                byte[] part = bytes[(int)chunk.Offset..(int)(chunk.Offset + chunk.Length)];
                change(part);
                part.CopyTo(bytes, chunk.Offset);
                BinaryPrimitives.WriteUInt32LittleEndian(trailer[(i * sizeof(uint))..], Crc32C.Compute(part));
            }
        }

        BinaryPrimitives.WriteUInt32LittleEndian(trailer[checksums..], Crc32C.Compute(trailer[..checksums]));
        Bytes = bytes;
    }

    public SnapshotPlan PlanOf(SnapshotContents contents) => new(contents, BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(12)));

    public void Dispose() => _directory.Dispose();
}
