using PkiCore.Serving.Storage;

namespace PkiCore.Serving.Snapshots;

/// <summary>A stretch of a snapshot that is read and checked at once: whole records of one segment, or entries of the index.</summary>
/// <param name="Segment">The segment's number; -1 for the index.</param>
/// <param name="First">The first record, or entry.</param>
/// <param name="Count">How many.</param>
/// <param name="Offset">Where it begins in the file.</param>
/// <param name="Length">How many bytes it has.</param>
internal readonly record struct SnapshotChunk(int Segment, int First, int Count, long Offset, int Length);

/// <summary>
/// Where everything is in a snapshot: magic, version and the length of the contents; the contents and their checksum; the records, segment by segment;
/// the index; the checksums of all chunks, their own checksum, and the magic again. Little-endian.
/// </summary>
internal sealed class SnapshotPlan
{
    public const int HeaderLength = 16;

    private const int ChunkLength = 4 << 20;

    public SnapshotPlan(SnapshotContents contents, int contentsLength)
    {
        Offset = HeaderLength + contentsLength + sizeof(uint);
        var chunks = new List<SnapshotChunk>();
        for (int number = 0; number < contents.Segments.Count; number++)
        {
            (RecordLayout layout, int used) = contents.Segments[number];
            Add(chunks, number, used, layout.RecordLength);
        }

        Add(chunks, -1, checked((int)contents.IndexCapacity), sizeof(uint));
        Chunks = chunks;
    }

    public static ReadOnlySpan<byte> Magic => "PkiCoreT"u8;

    public IReadOnlyList<SnapshotChunk> Chunks { get; }

    /// <summary>Where the checksums of the chunks begin.</summary>
    public long Offset { get; private set; }

    public int TrailerLength => (Chunks.Count * sizeof(uint)) + sizeof(uint) + Magic.Length;

    public long FileLength => Offset + TrailerLength;

    private void Add(List<SnapshotChunk> chunks, int segment, int count, int itemLength)
    {
        int perChunk = Math.Max(1, ChunkLength / itemLength);
        for (int first = 0; first < count; first += perChunk)
        {
            int taken = Math.Min(perChunk, count - first);
            chunks.Add(new SnapshotChunk(segment, first, taken, Offset, taken * itemLength));
            Offset += (long)taken * itemLength;
        }
    }
}
