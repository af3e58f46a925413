using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using PkiCore.IO;
using PkiCore.Serving.Storage;

namespace PkiCore.Serving.Snapshots;

/// <summary>Reads a snapshot straight into the memory of a table, several stretches at once. It is never mapped: its file may be replaced at any time.</summary>
internal sealed unsafe class SnapshotReader
{
    private readonly SnapshotContents _contents;
    private readonly SnapshotPlan _plan;
    private readonly uint[] _checksums;

    private SnapshotReader(SnapshotContents contents, SnapshotPlan plan, uint[] checksums) => (_contents, _plan, _checksums) = (contents, plan, checksums);

    /// <summary>Reads a snapshot.</summary>
    /// <param name="path">The file.</param>
    /// <param name="purpose">What it has to be for.</param>
    /// <returns>What it holds. Of stretches that are damaged, the records are empty, and the index is missing if it cannot be used.</returns>
    /// <exception cref="InvalidDataException">It is of no use; the message says why.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static LoadedTable Read(string path, string purpose) => Read(path, purpose, found => found == purpose);

    /// <param name="path">The file.</param>
    /// <param name="purpose">What it has to be for, in words.</param>
    /// <param name="fits">Whether it is for that.</param>
    /// <inheritdoc cref="Read(string, string)"/>
    public static LoadedTable Read(string path, string purpose, Predicate<string> fits)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        long length = RandomAccess.GetLength(file);
        Span<byte> header = stackalloc byte[SnapshotPlan.HeaderLength];
        ReadExactly(file, header, 0);
        Check(header[..8].SequenceEqual(SnapshotPlan.Magic), "it is no snapshot of a certificate table");
        int version = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        Check(version == SnapshotFormat.Version, $"it has format {version}, and this program knows {SnapshotFormat.Version}");
        int contentsLength = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        Check(contentsLength >= 0 && contentsLength <= length - SnapshotPlan.HeaderLength - sizeof(uint), "it is cut off");

        byte[] encoded = new byte[contentsLength + sizeof(uint)];
        ReadExactly(file, encoded, SnapshotPlan.HeaderLength);
        Check(Crc32C.Compute(encoded.AsSpan(0, contentsLength)) == BinaryPrimitives.ReadUInt32LittleEndian(encoded.AsSpan(contentsLength)), "its beginning is damaged");
        SnapshotContents contents = SnapshotFormat.Read(encoded);
        Check(fits(contents.Purpose), $"it is for '{contents.Purpose}', not '{purpose}'");

        SnapshotCheck.Check(contents, length);
        var plan = new SnapshotPlan(contents, contentsLength);
        Check(length == plan.FileLength, $"it has {length} bytes, and should have {plan.FileLength}");
        return new SnapshotReader(contents, plan, ReadChecksums(file, plan)).Read(file);
    }

    private static uint[] ReadChecksums(SafeFileHandle file, SnapshotPlan plan)
    {
        byte[] trailer = new byte[plan.TrailerLength];
        ReadExactly(file, trailer, plan.Offset);
        int length = plan.Chunks.Count * sizeof(uint);
        Check(trailer.AsSpan(length + sizeof(uint)).SequenceEqual(SnapshotPlan.Magic)
            && BinaryPrimitives.ReadUInt32LittleEndian(trailer.AsSpan(length)) == Crc32C.Compute(trailer.AsSpan(0, length)), "its end is damaged");
        uint[] checksums = new uint[plan.Chunks.Count];
        for (int i = 0; i < checksums.Length; i++)
        {
            checksums[i] = BinaryPrimitives.ReadUInt32LittleEndian(trailer.AsSpan(i * sizeof(uint)));
        }

        return checksums;
    }

    private LoadedTable Read(SafeFileHandle file)
    {
        int capacity = 1 << _contents.SegmentBits;
        RecordSegment?[] segments = [.. _contents.Segments.Select((segment, number) =>
            segment.Used == 0 ? null : new RecordSegment(segment.Layout, capacity, isFirst: number == 0) { Used = segment.Used })];
        var index = SlotIndex.Restore(_contents.IndexCapacity, _contents.SlotBits);
        var loaded = new LoadedTable(_contents, segments, index);
        try
        {
            Parallel.For(0, _plan.Chunks.Count, i => Read(file, _plan.Chunks[i], _checksums[i], loaded, index));
        }
        catch (AggregateException e)
        {
            throw new InvalidDataException(e.InnerException!.Message, e);
        }

        loaded.Finish();
        return loaded;
    }

    private static void Read(SafeFileHandle file, SnapshotChunk chunk, uint checksum, LoadedTable loaded, SlotIndex index)
    {
        byte* start = chunk.Segment < 0 ? index.Bytes + ((long)chunk.First * sizeof(uint)) : (byte*)loaded.Segments[chunk.Segment]!.At(chunk.First);
        var bytes = new Span<byte>(start, chunk.Length);
        ReadExactly(file, bytes, chunk.Offset);
        if (Crc32C.Compute(bytes) != checksum)
        {
            bytes.Clear(); // no record is published there
            loaded.NoteDamage(chunk);
        }
        else if (chunk.Segment >= 0)
        {
            loaded.Take(chunk);
        }
    }

    private static void Check(bool isTrue, string fault)
    {
        if (!isTrue)
        {
            throw new InvalidDataException(fault);
        }
    }

    private static void ReadExactly(SafeFileHandle file, Span<byte> destination, long offset)
    {
        while (!destination.IsEmpty)
        {
            int read = RandomAccess.Read(file, destination, offset);
            Check(read > 0, "it is cut off");
            destination = destination[read..];
            offset += read;
        }
    }
}
