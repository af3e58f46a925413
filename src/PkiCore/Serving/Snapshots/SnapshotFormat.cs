using System.Security.Cryptography.X509Certificates;
using System.Text;
using PkiCore.Ocsp;
using PkiCore.Serving.Storage;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Serving.Snapshots;

/// <summary>How <see cref="SnapshotContents"/> stand in a file. What is read has passed a checksum: a fault in it is a fault of another program.</summary>
internal static class SnapshotFormat
{
    /// <summary>Another number, another format: earlier files are refused.</summary>
    public const int Version = 1;

    private const long NoTime = -1;

    public static byte[] Write(SnapshotContents contents)
    {
        using var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer, Encoding.UTF8);
        writer.Write(contents.Purpose);
        writer.Write(contents.Position.Value is not null);
        writer.Write(contents.Position.Value ?? "");
        writer.Write(contents.LastChange);
        writer.Write(contents.SegmentBits);
        writer.Write(contents.Seed);
        writer.Write(contents.IndexCapacity);
        writer.Write(contents.SlotBits);
        writer.Write(contents.Segments.Count);
        foreach ((RecordLayout layout, int used) in contents.Segments)
        {
            writer.Write(layout.SignatureCount);
            writer.Write(layout.SignatureLength);
            writer.Write(used);
        }

        WriteBatches(writer, contents.Batches);
        writer.Write(contents.Rare.Count);
        foreach (CertificateStatus status in contents.Rare)
        {
            writer.Write(status.RevocationTime?.UtcTicks ?? NoTime);
            writer.Write((int)status.Reason);
            writer.Write(status.InvalidityDate?.UtcTicks ?? NoTime);
        }

        writer.Flush();
        return buffer.ToArray();
    }

    /// <exception cref="InvalidDataException">It does not follow the format.</exception>
    /// <exception cref="EndOfStreamException">It is too short.</exception>
    public static SnapshotContents Read(byte[] encoded)
    {
        using var reader = new BinaryReader(new MemoryStream(encoded), Encoding.UTF8);
        return new SnapshotContents
        {
            Purpose = reader.ReadString(),
            Position = new SourcePosition(reader.ReadBoolean() ? reader.ReadString() : SkipString(reader)),
            LastChange = reader.ReadUInt32(),
            SegmentBits = reader.ReadInt32(),
            Seed = reader.ReadUInt64(),
            IndexCapacity = reader.ReadUInt32(),
            SlotBits = reader.ReadInt32(),
            Segments = ReadList(reader, () => (new RecordLayout(reader.ReadInt32(), reader.ReadInt32()), reader.ReadInt32())),
            Batches = ReadBatches(reader),
            Rare = ReadList(reader, () => new CertificateStatus(ReadTime(reader), (X509RevocationReason)reader.ReadInt32(), ReadTime(reader))),
        };
    }

    private static void WriteBatches(BinaryWriter writer, IReadOnlyList<(uint Group, SigningBatch Batch)> batches)
    {
        // What the batches of one signer have in common is written once.
        (byte[] ResponderId, SignatureAlgorithm Algorithm, byte[] Certificates, StoredSignature Form)[] signers =
            [.. batches.Select(entry => SignerOf(entry.Batch)).Distinct()];
        writer.Write(signers.Length);
        foreach ((byte[] responderId, SignatureAlgorithm algorithm, byte[] certificates, StoredSignature form) in signers)
        {
            WriteBytes(writer, responderId);
            WriteBytes(writer, algorithm.Encoded);
            WriteBytes(writer, certificates);
            writer.Write(form.Length);
            writer.Write(form.IsPair);
        }

        writer.Write(batches.Count);
        foreach ((uint group, SigningBatch batch) in batches)
        {
            writer.Write(group);
            writer.Write(Array.IndexOf(signers, SignerOf(batch)));
            writer.Write(batch.Id);
            writer.Write(batch.LastChange);
            writer.Write(batch.ProducedAt.UtcTicks);
            writer.Write(batch.ThisUpdate.UtcTicks);
            writer.Write(batch.NextUpdate.UtcTicks);
            writer.Write(batch.RefreshAt.UtcTicks);
        }
    }

    private static List<(uint Group, SigningBatch Batch)> ReadBatches(BinaryReader reader)
    {
        List<(byte[] ResponderId, SignatureAlgorithm Algorithm, byte[] Certificates, StoredSignature Form)> signers = ReadList(reader, () => (
            ReadBytes(reader),
            SignatureAlgorithm.Find(ReadBytes(reader)) ?? throw new InvalidDataException("a batch is signed by an algorithm that is not known"),
            ReadBytes(reader),
            new StoredSignature(reader.ReadInt32(), reader.ReadBoolean())));
        return ReadList(reader, () =>
        {
            uint group = reader.ReadUInt32();
            (byte[] responderId, SignatureAlgorithm algorithm, byte[] certificates, StoredSignature form) = signers[reader.ReadInt32()];
            string id = reader.ReadString();
            uint lastChange = reader.ReadUInt32();
            DateTimeOffset producedAt = ReadTimeOf(reader), thisUpdate = ReadTimeOf(reader), nextUpdate = ReadTimeOf(reader), refreshAt = ReadTimeOf(reader);
            var template = new OcspResponseTemplate(responderId, producedAt, thisUpdate, nextUpdate, algorithm, certificates);
            return (group, new SigningBatch(SigningBatch.NextNumber(), template, form, lastChange, producedAt, thisUpdate, nextUpdate, refreshAt, id));
        });
    }

    private static (byte[] ResponderId, SignatureAlgorithm Algorithm, byte[] Certificates, StoredSignature Form) SignerOf(SigningBatch batch) =>
        (batch.Template.ResponderId, batch.Template.Algorithm, batch.Template.Certificates, batch.SignatureForm);

    private static void WriteBytes(BinaryWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader reader) => reader.ReadBytes(ReadCount(reader));

    private static List<T> ReadList<T>(BinaryReader reader, Func<T> readItem)
    {
        int count = ReadCount(reader);
        var items = new List<T>();
        for (int i = 0; i < count; i++)
        {
            items.Add(readItem());
        }

        return items;
    }

    /// <summary>How many follow; each takes a byte at least.</summary>
    private static int ReadCount(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        return count >= 0 && count <= reader.BaseStream.Length - reader.BaseStream.Position ? count
            : throw new InvalidDataException($"it counts {count} of something");
    }

    private static string? SkipString(BinaryReader reader)
    {
        _ = reader.ReadString();
        return null;
    }

    private static DateTimeOffset ReadTimeOf(BinaryReader reader) => ReadTime(reader) ?? throw new InvalidDataException("a batch has no time");

    private static DateTimeOffset? ReadTime(BinaryReader reader)
    {
        long ticks = reader.ReadInt64();
        return ticks == NoTime ? null
            : ticks >= 0 && ticks <= DateTimeOffset.MaxValue.UtcTicks ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : throw new InvalidDataException("a time is out of range");
    }
}
