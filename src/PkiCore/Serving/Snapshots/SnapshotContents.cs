using PkiCore.Serving.Storage;
using PkiCore.Status;

namespace PkiCore.Serving.Snapshots;

/// <summary>What a snapshot says besides records and index: whose it is, how they are laid out, and what they refer to.</summary>
internal sealed class SnapshotContents
{
    /// <summary>Of which issuer, and for which answers: a snapshot of others is of no use.</summary>
    public required string Purpose { get; init; }

    /// <summary>Where the source goes on: from before the first record was copied.</summary>
    public SourcePosition Position { get; init; }

    /// <summary>The number of the latest change.</summary>
    public required uint LastChange { get; init; }

    /// <summary>How many records share a segment, as a power of two.</summary>
    public required int SegmentBits { get; init; }

    /// <summary>The segments by their numbers, and how many of their slots have ever been in use; without any, a segment is not there any more.</summary>
    public required IReadOnlyList<(RecordLayout Layout, int Used)> Segments { get; init; }

    /// <summary>The seed of the hash function.</summary>
    public required ulong Seed { get; init; }

    public required uint IndexCapacity { get; init; }

    /// <summary>How many bits of an entry are the slot.</summary>
    public required int SlotBits { get; init; }

    /// <summary>The batches with the numbers of their groups, in the order in which they were signed.</summary>
    public required IReadOnlyList<(uint Group, SigningBatch Batch)> Batches { get; init; }

    /// <summary>The statuses that do not fit into a record, by their places.</summary>
    public required IReadOnlyList<CertificateStatus> Rare { get; init; }
}
