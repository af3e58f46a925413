using System.Buffers.Binary;
using System.Diagnostics;
using PkiCore.Serving;
using PkiCore.Serving.Snapshots;
using PkiCore.Serving.Storage;

namespace PkiCore.Tests.Serving.Snapshots;

/// <summary>A snapshot that is not as it was written is refused, or what is left of it is right.</summary>
public sealed class SnapshotDamageTests : IDisposable
{
    private const int SegmentBits = 5;

    private readonly SnapshotFile _file = new();
    private readonly RandomTable _random = new(11, SegmentBits);
    private readonly SortedDictionary<string, string> _dump;
    private readonly SnapshotContents _contents;
    private readonly SnapshotPlan _plan;
    private readonly byte[] _written;

    public SnapshotDamageTests()
    {
        _random.Churn(500);
        _dump = RandomTable.Dump(_random.Table);
        _contents = _file.Write(_random.Table);
        _plan = _file.PlanOf(_contents);
        _written = _file.Bytes;
    }

    [Fact]
    public void A_file_that_is_cut_off_anywhere_is_refused()
    {
        int chunks = (int)_plan.Chunks[0].Offset;
        int[] ends = [.. _plan.Chunks.Select(chunk => (int)chunk.Offset), (int)_plan.Offset];
        int[] lengths =
        [
            .. Enumerable.Range(0, Math.Min(200, chunks)), .. Enumerable.Range(0, 50).Select(i => chunks * i / 50),
            .. ends.SelectMany(end => new[] { end - 1, end, end + 1 }), .. Enumerable.Range((int)_plan.Offset, _plan.TrailerLength),
        ];

        foreach (int length in lengths.Where(length => length < _written.Length))
        {
            _file.Bytes = _written[..length];
            Assert.NotEqual("", Assert.ThrowsAny<Exception>(_file.Read) is InvalidDataException refusal ? refusal.Message : "");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    public void A_file_with_something_behind_it_is_refused(int count)
    {
        _file.Bytes = [.. _written, .. new byte[count]];

        Assert.Contains("should have", Assert.Throws<InvalidDataException>(_file.Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bit_that_flipped_in_the_header_the_contents_or_the_trailer_has_the_file_refused()
    {
        IEnumerable<int> places = Enumerable.Range(0, 64).Concat(Spread(64, (int)_plan.Chunks[0].Offset, 200)).Concat(Enumerable.Range((int)_plan.Offset, _plan.TrailerLength));
        foreach (int place in places)
        {
            Flip(place);
            Assert.Throws<InvalidDataException>(_file.Read);
        }
    }

    [Fact]
    public void A_bit_that_flipped_in_a_record_costs_its_stretch_alone_and_the_position()
    {
        foreach (SnapshotChunk chunk in _plan.Chunks.Where(chunk => chunk.Segment >= 0))
        {
            Flip((int)chunk.Offset + (chunk.Length / 3));
            LoadedTable loaded = _file.Read();
            CertificateTable restored = SnapshotFile.Restore(loaded, SegmentBits);
            SortedDictionary<string, string> left = RandomTable.Dump(restored);

            Assert.Equal(chunk.Count, loaded.LostCount);
            Assert.Subset(_dump.ToHashSet(), left.ToHashSet());
            Assert.InRange(_dump.Count - left.Count, 0, chunk.Count);

            new RandomTable(restored, _random, seed: 3).Churn(1000); // what was lost comes again, and its slots are used
            RandomTable.Dump(restored);
        }
    }

    [Fact]
    public void A_bit_that_flipped_in_the_index_costs_nothing()
    {
        foreach (SnapshotChunk chunk in _plan.Chunks.Where(chunk => chunk.Segment < 0))
        {
            foreach (int place in Spread((int)chunk.Offset, (int)chunk.Offset + chunk.Length, 20))
            {
                Flip(place);
                LoadedTable loaded = _file.Read();

                Assert.Null(loaded.Index);
                Assert.Equal(0, loaded.LostCount);
                Assert.Equal(_dump, RandomTable.Dump(SnapshotFile.Restore(loaded, SegmentBits)));
            }
        }
    }

    [Fact]
    public void A_stretch_of_zeros_is_no_wrong_answer()
    {
        for (int place = 0; place < _written.Length; place += 511)
        {
            byte[] bytes = [.. _written];
            bytes.AsSpan(place, Math.Min(512, bytes.Length - place)).Clear();
            _file.Bytes = bytes;
            try
            {
                LoadedTable loaded = _file.Read();
                SortedDictionary<string, string> left = RandomTable.Dump(SnapshotFile.Restore(loaded, SegmentBits));
                Assert.Subset(_dump.ToHashSet(), left.ToHashSet());
                Assert.True(left.Count == _dump.Count || loaded.LostCount > 0);
            }
            catch (InvalidDataException refusal)
            {
                Assert.NotEmpty(refusal.Message);
            }
        }
    }

    [Fact]
    public void Another_format_is_refused_by_its_number()
    {
        byte[] bytes = [.. _written];
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), SnapshotFormat.Version + 1);
        _file.Bytes = bytes;

        Assert.Contains($"format {SnapshotFormat.Version + 1}", Assert.Throws<InvalidDataException>(_file.Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_of_something_else_is_refused()
    {
        Assert.Contains("it is for", Assert.Throws<InvalidDataException>(() => SnapshotReader.Read(_file.Path, "another issuer")).Message, StringComparison.Ordinal);
        _file.Bytes = "V\t350101000000Z\t\t01\tunknown\t/CN=a\n"u8.ToArray();
        Assert.Contains("no snapshot", Assert.Throws<InvalidDataException>(_file.Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_with_other_segments_is_refused()
    {
        Assert.Contains("segments", Assert.Throws<InvalidDataException>(() => _file.Restore(SegmentBits + 1)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _file.Dispose();

    private static IEnumerable<int> Spread(int start, int end, int count) => Enumerable.Range(0, count).Select(i => start + (int)((long)(end - start) * i / count));

    private void Flip(int place)
    {
        byte[] bytes = [.. _written];
        bytes[place] ^= (byte)(1 << (place % 8));
        _file.Bytes = bytes;
    }
}
