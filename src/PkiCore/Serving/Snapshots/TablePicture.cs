using System.Runtime.InteropServices;
using PkiCore.Serving.Storage;
using PkiCore.Status;

namespace PkiCore.Serving.Snapshots;

/// <summary>
/// A table as it was at one moment. The index was copied then; the records are read from the table itself, where those that were published stay as they
/// were until the picture is given up.
/// </summary>
internal sealed unsafe class TablePicture : IDisposable
{
    private readonly IReadOnlyList<RecordSegment?> _segments;
    private readonly NativeBlock _index;
    private readonly Action _giveUp;
    private SlotSet? _live;

    /// <param name="contents">What goes with the records.</param>
    /// <param name="segments">Where they are.</param>
    /// <param name="index">A copy of the index; it goes with the picture.</param>
    /// <param name="giveUp">Lets the table use slots again.</param>
    public TablePicture(SnapshotContents contents, IReadOnlyList<RecordSegment?> segments, NativeBlock index, Action giveUp)
    {
        (Contents, _segments, _index, _giveUp) = (contents, segments, index, giveUp);
    }

    public SnapshotContents Contents { get; }

    /// <summary>Copies a chunk. Its records have the generation 1 where they were published, else 0.</summary>
    public void CopyTo(in SnapshotChunk chunk, Span<byte> destination)
    {
        if (chunk.Segment < 0)
        {
            new ReadOnlySpan<byte>(_index.Pointer + ((long)chunk.First * sizeof(uint)), chunk.Length).CopyTo(destination);
            return;
        }

        RecordSegment segment = _segments[chunk.Segment]!;
        new ReadOnlySpan<byte>(segment.At(chunk.First), chunk.Length).CopyTo(destination);
        GC.KeepAlive(segment);
        _live ??= FindLive();
        uint slot = ((uint)chunk.Segment << Contents.SegmentBits) + (uint)chunk.First;
        for (int offset = 0; offset < chunk.Length; offset += segment.Layout.RecordLength)
        {
            ref uint state = ref MemoryMarshal.AsRef<uint>(destination[offset..]); // the first word of a record
            state = RecordHeader.WithGeneration(state, _live.Contains(slot++) ? 1u : 0);
        }
    }

    public void Dispose()
    {
        _index.Dispose();
        _giveUp();
    }

    /// <summary>Which slots were published. Not when the picture is taken, for changes wait meanwhile.</summary>
    private SlotSet FindLive()
    {
        var live = new SlotSet();
        uint mask = (1u << Contents.SlotBits) - 1;
        var work = new LongWork(itemsToALook: 4096);
        foreach (uint entry in new ReadOnlySpan<uint>(_index.Pointer, checked((int)Contents.IndexCapacity)))
        {
            if ((entry & mask) != 0)
            {
                live.Set((entry & mask) - 1, true);
            }

            work.Next();
        }

        return live;
    }
}
