using PkiCore.Serving;
using PkiCore.Serving.Snapshots;
using PkiCore.Serving.Storage;
using PkiCore.Status;

namespace PkiCore.Tests.Serving.Snapshots;

/// <summary>Contents of a snapshot that say something else in places.</summary>
internal static class ForgedContents
{
    public static SnapshotContents Of(
        SnapshotContents contents,
        string? purpose = null,
        int? segmentBits = null,
        IReadOnlyList<(RecordLayout Layout, int Used)>? segments = null,
        uint? indexCapacity = null,
        int? slotBits = null,
        IReadOnlyList<(uint Group, SigningBatch Batch)>? batches = null,
        IReadOnlyList<CertificateStatus>? rare = null) => new()
        {
            Purpose = purpose ?? contents.Purpose,
            Position = contents.Position,
            LastChange = contents.LastChange,
            SegmentBits = segmentBits ?? contents.SegmentBits,
            Segments = segments ?? contents.Segments,
            Seed = contents.Seed,
            IndexCapacity = indexCapacity ?? contents.IndexCapacity,
            SlotBits = slotBits ?? contents.SlotBits,
            Batches = batches ?? contents.Batches,
            Rare = rare ?? contents.Rare,
        };
}
