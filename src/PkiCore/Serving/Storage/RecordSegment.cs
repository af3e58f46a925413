using System.Diagnostics.CodeAnalysis;

namespace PkiCore.Serving.Storage;

/// <summary>Records of one length, side by side in memory that never moves. The counts are the writer's.</summary>
/// <remarks>With 2^19 records, or more, of any length that is a multiple of four, a segment is made of whole huge pages.</remarks>
[SuppressMessage("Reliability", "CA1001:Types that own disposable fields should be disposable", Justification = "Readers may be at it at any time: the memory is freed when the last has gone, by its handle's finalizer.")]
internal sealed unsafe class RecordSegment
{
    private readonly NativeBlock _memory;

    public RecordSegment(RecordLayout layout, int capacity, bool isFirst)
    {
        Layout = layout;
        Capacity = capacity;
        _memory = new NativeBlock((long)layout.RecordLength * capacity);
        Records = _memory.Pointer;
        _memory.AdviseHugePages(isFirst ? NativeBlock.PageLength : 0); // a small table is not to cost a whole one
    }

    public RecordLayout Layout { get; }

    public int Capacity { get; }

    /// <summary>The first record. Whoever uses it keeps the segment alive.</summary>
    public byte* Records { get; }

    /// <summary>How many slots have been given out, ever.</summary>
    public int Used { get; set; }

    /// <summary>How many are published.</summary>
    public int Live { get; set; }

    public RecordHeader* At(int place) => (RecordHeader*)(Records + ((nint)place * Layout.RecordLength));
}

/// <summary>What a record is made of.</summary>
/// <param name="SignatureCount">How many signatures have room behind the header.</param>
/// <param name="SignatureLength">How long each may be.</param>
internal readonly record struct RecordLayout(int SignatureCount, int SignatureLength)
{
    /// <summary>A multiple of four, so that the words of the header are read at once.</summary>
    public int RecordLength => (RecordHeader.Length + (SignatureCount * SignatureLength) + 3) / 4 * 4;
}
