using System.Buffers.Binary;
using System.Runtime.InteropServices;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Serving.Snapshots;
using PkiCore.Serving.Storage;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Tests.Serving.Snapshots;

/// <summary>Right checksums over what cannot be, as another program would write it: it costs no memory, no thread and no process.</summary>
public sealed class SnapshotForgeryTests : IDisposable
{
    private const int SegmentBits = 5;

    private readonly SnapshotFile _file = new();
    private readonly RandomTable _random = new(21, SegmentBits);
    private readonly SortedDictionary<string, string> _dump;
    private readonly SnapshotContents _contents;

    public SnapshotForgeryTests()
    {
        _random.Churn(500);
        _dump = RandomTable.Dump(_random.Table);
        _contents = _file.Write(_random.Table);
    }

    public static TheoryData<string> Wrong => [.. s_wrong.Keys];

    private static readonly Dictionary<string, Func<SnapshotContents, SnapshotContents>> s_wrong = new()
    {
        ["segment bits of 31"] = contents => ForgedContents.Of(contents, segmentBits: 31),
        ["segment bits of 64"] = contents => ForgedContents.Of(contents, segmentBits: 64),
        ["negative segment bits"] = contents => ForgedContents.Of(contents, segmentBits: -1),
        ["more used than there is room"] = contents => ForgedContents.Of(contents, segments: [(contents.Segments[0].Layout, 33), .. contents.Segments.Skip(1)]),
        ["less than nothing used"] = contents => ForgedContents.Of(contents, segments: [(contents.Segments[0].Layout, -1), .. contents.Segments.Skip(1)]),
        ["signatures of no length"] = contents => ForgedContents.Of(contents, segments: [(new RecordLayout(2, -20), 32), .. contents.Segments.Skip(1)]),
        ["signatures without end"] = contents => ForgedContents.Of(contents, segments: [(new RecordLayout(2, int.MaxValue), 32), .. contents.Segments.Skip(1)]),
        ["too many signatures"] = contents => ForgedContents.Of(contents, segments: [(new RecordLayout(1 << 20, 1024), 32), .. contents.Segments.Skip(1)]),
        ["segments that fill the world"] = contents => ForgedContents.Of(
            contents, segmentBits: 19, segments: [.. Enumerable.Repeat((new RecordLayout(2, 1024), 1 << 19), 2047)]),
        ["more segments than slots"] = contents => ForgedContents.Of(contents, segmentBits: 19, segments: [.. Enumerable.Repeat((new RecordLayout(2, 64), 0), 5000)]),
        ["an index without entries"] = contents => ForgedContents.Of(contents, indexCapacity: 0),
        ["an index of all numbers"] = contents => ForgedContents.Of(contents, indexCapacity: uint.MaxValue),
        ["an index that fills the world"] = contents => ForgedContents.Of(contents, indexCapacity: int.MaxValue),
        ["slots without bits"] = contents => ForgedContents.Of(contents, slotBits: 0),
        ["slots of 32 bits"] = contents => ForgedContents.Of(contents, slotBits: 32),
        ["slots of -1 bits"] = contents => ForgedContents.Of(contents, slotBits: -1),
        ["a batch of those that wait"] = contents => WithBatch(contents, RecordGroups.Waiting),
        ["a batch of the last group"] = contents => WithBatch(contents, uint.MaxValue),
        ["a batch of a group far away"] = contents => WithBatch(contents, 1 << 30),
        ["two batches of one group"] = contents => WithBatch(contents, contents.Batches[0].Group),
        ["signatures of a batch too long"] = contents => WithBatch(contents, 40, signatureLength: 2000),
        ["signatures of a batch too short"] = contents => WithBatch(contents, 40, signatureLength: -64),
        ["certificates longer than a reply"] = contents => WithBatch(contents, 40, certificates: 17_000),
        ["an identity that breaks a header"] = contents => WithBatch(contents, 40, id: "a\r\nX: y"),
        ["no identity"] = contents => WithBatch(contents, 40, id: ""),
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Contents_that_cannot_be_are_refused(string what)
    {
        _file.ForgeContents(s_wrong[what](_contents));
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.NotEmpty(Assert.Throws<InvalidDataException>(_file.Read).Message);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000_000);
    }

    [Fact]
    public void Forged_contents_that_can_be_are_read()
    {
        _file.ForgeContents(WithBatch(_contents, _contents.Batches.Max(entry => entry.Group) + 1)); // so the others are refused for what is wrong with them

        Assert.Equal(_dump, RandomTable.Dump(_file.Restore(SegmentBits)));
    }

    [Theory]
    [InlineData("elsewhere")]
    [InlineData("twice")]
    [InlineData("nowhere")]
    [InlineData("full")]
    public void An_index_that_is_not_of_the_records_is_made_again(string what)
    {
        _file.ForgeChunk(_contents, chunk => chunk.Segment < 0, bytes =>
        {
            Span<uint> entries = MemoryMarshal.Cast<byte, uint>(bytes.AsSpan());
            uint mask = (1u << _contents.SlotBits) - 1;
            int first = FindLive(entries, 0, mask);
            switch (what)
            {
                case "elsewhere":
                    entries[first] |= mask;
                    break;
                case "twice":
                    int second = FindLive(entries, first + 1, mask);
                    entries[second] = (entries[second] & ~mask) | (entries[first] & mask);
                    break;
                case "nowhere":
                    entries[first] = 0;
                    break;
                default:
                    entries.Replace(0u, 1u << _contents.SlotBits); // removed, all of them
                    break;
            }
        });

        LoadedTable loaded = _file.Read();

        Assert.Null(loaded.Index);
        Assert.Equal(_dump, RandomTable.Dump(SnapshotFile.Restore(loaded, SegmentBits)));
    }

    [Theory]
    [InlineData(4, 0x7FFFFFFF)] // a group that is not there
    [InlineData(8, 0x7FFFFFFF)] // a change that is to come
    [InlineData(0, 0x1000)] // a serial number without octets
    [InlineData(0, 0x101F)] // and with too many
    [InlineData(0, 0x1088)] // a rare status in a place where there is none
    public void A_record_that_cannot_be_is_left_out(int offset, int value)
    {
        _file.ForgeChunk(_contents, chunk => chunk.Segment == 0, bytes =>
        {
            for (int i = 0; i < bytes.Length; i += _contents.Segments[0].Layout.RecordLength)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i + 16), int.MaxValue); // a place for rare statuses
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i + offset), value);
            }
        });

        LoadedTable loaded = _file.Read();
        SortedDictionary<string, string> left = RandomTable.Dump(SnapshotFile.Restore(loaded, SegmentBits));

        Assert.True(loaded.LostCount > 0);
        Assert.Subset(_dump.Keys.ToHashSet(), left.Keys.ToHashSet());
    }

    [Fact]
    public void A_record_whose_batch_has_signatures_of_another_length_is_left_out()
    {
        (uint Group, SigningBatch Batch)[] batches = [.. _contents.Batches.Select(entry => (entry.Group, Batch(entry.Batch.Id, signatureLength: 1000)))];
        int signed = _dump.Values.Count(value => value.Contains("batch-", StringComparison.Ordinal));
        _file.ForgeContents(ForgedContents.Of(_contents, batches: batches));

        LoadedTable loaded = _file.Read();

        Assert.True(signed > 0);
        Assert.Equal(signed, loaded.LostCount);
        Assert.Equal(_dump.Count - signed, RandomTable.Dump(SnapshotFile.Restore(loaded, SegmentBits)).Count);
    }

    public void Dispose() => _file.Dispose();

    private static int FindLive(ReadOnlySpan<uint> entries, int position, uint mask)
    {
        while ((entries[position] & mask) == 0)
        {
            position++;
        }

        return position;
    }

    private static SnapshotContents WithBatch(SnapshotContents contents, uint group, int signatureLength = 64, int certificates = 0, string id = "batch-x") =>
        ForgedContents.Of(contents, batches: [.. contents.Batches, (group, Batch(id, signatureLength, certificates))]);

    private static SigningBatch Batch(string id, int signatureLength, int certificates = 0)
    {
        DateTimeOffset at = RandomTable.Start;
        var template = new OcspResponseTemplate([4, 0], at, at, at.AddDays(4), SignatureAlgorithm.EcdsaWithSha256, new byte[certificates]);
        return new SigningBatch(SigningBatch.NextNumber(), template, new StoredSignature(signatureLength, IsPair: true), 0, at, at, at.AddDays(4), at.AddDays(2), id);
    }
}
