using System.Security.Cryptography.X509Certificates;
using PkiCore.Serving;
using PkiCore.Serving.Snapshots;
using PkiCore.Serving.Storage;
using PkiCore.Status;
using PkiCore.X509;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving.Snapshots;

/// <summary>What was written is what is read.</summary>
public sealed class SnapshotRoundTripTests : IDisposable
{
    private const int SegmentBits = 5;

    private readonly SnapshotFile _file = new();

    public static TheoryData<int, int> Tables => new()
    {
        { 1, 0 }, { 2, 1 }, { 3, 40 }, { 4, 400 }, { 5, 1000 }, { 6, 3000 }, { 7, 3000 }, { 8, 3000 }, { 9, 6000 }, { 10, 6000 },
    };

    [Theory]
    [MemberData(nameof(Tables))]
    public void A_table_comes_back_as_it_was(int seed, int steps)
    {
        var random = new RandomTable(seed, SegmentBits);
        random.Churn(steps);
        _file.Write(random.Table);

        LoadedTable loaded = _file.Read();
        CertificateTable restored = SnapshotFile.Restore(loaded, SegmentBits, random.SignatureLength);

        Assert.NotNull(loaded.Index);
        Assert.Equal((0, "here"), (loaded.LostCount, loaded.Contents.Position.Value));
        Assert.Equal(RandomTable.Dump(random.Table), RandomTable.Dump(restored));
        Assert.Equal(RandomTable.Summarize(random.Table), RandomTable.Summarize(restored));
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void A_table_that_came_back_goes_on_like_the_one_before(int seed, int steps)
    {
        var random = new RandomTable(seed, SegmentBits);
        random.Churn(steps);
        _file.Write(random.Table);
        CertificateTable restored = _file.Restore(SegmentBits, random.SignatureLength);
        var first = new RandomTable(random.Table, random, seed);
        var second = new RandomTable(restored, random, seed);

        for (int round = 0; round < 4; round++)
        {
            first.Churn(700);
            second.Churn(700);
            Assert.Equal(RandomTable.Dump(first.Table), RandomTable.Dump(second.Table));
            Assert.Equal(RandomTable.Summarize(first.Table), RandomTable.Summarize(second.Table));
        }
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Everything_that_came_back_is_signed_again_when_it_is_due(int seed, int steps)
    {
        var random = new RandomTable(seed, SegmentBits);
        random.Churn(steps);
        _file.Write(random.Table);
        var restored = new RandomTable(_file.Restore(SegmentBits, random.SignatureLength), random, seed);
        restored.Table.Recall(DateTimeOffset.UnixEpoch); // those too that were set aside
        DateTimeOffset later = RandomTable.Start.AddDays(40);
        restored.BeginBatch(refreshAt: later.AddDays(1));
        var queue = new PresignQueue(restored.Table, TimeSpan.Zero);
        var signed = new HashSet<string>();

        var all = new SourceReading { LastChange = uint.MaxValue };
        while (!queue.IsEmpty(later, in all))
        {
            PresignBatch batch = queue.Take(7, later, in all);
            for (; batch.TryGetNext(out uint slot, out _); batch.Drop())
            {
                Assert.True(restored.Table.TryRead(slot, out SerialNumber serial, out CertificateRecord record));
                Assert.True(restored.Publish(serial, record.Place));
                Assert.True(signed.Add(serial.ToString()), $"{serial} was to be signed twice");
            }
        }

        Assert.Equal(RandomTable.Dump(restored.Table).Keys, signed.Order(StringComparer.Ordinal));
        Assert.Equal(0, restored.Table.WaitingCount);
    }

    [Fact]
    public void A_second_snapshot_of_what_came_back_says_the_same()
    {
        var random = new RandomTable(77, SegmentBits);
        random.Churn(4000);
        SortedDictionary<string, string> dump = RandomTable.Dump(random.Table);
        CertificateTable table = random.Table;
        for (int i = 0; i < 3; i++)
        {
            _file.Write(table);
            table = _file.Restore(SegmentBits, signatureLength: 96); // whatever signer there is now
            Assert.Equal(dump, RandomTable.Dump(table));
        }
    }

    [Fact]
    public void Slots_that_were_free_are_used_again()
    {
        var random = new RandomTable(5, SegmentBits);
        random.Churn(2000);
        _file.Write(random.Table);
        var restored = new RandomTable(_file.Restore(SegmentBits, random.SignatureLength), random, 5);
        long before = restored.Table.Bytes;
        restored.BeginBatch();
        SerialNumber serial = Serial("01");
        restored.Table.Apply(Good("01"), out _);

        for (int i = 0; i < 10_000; i++)
        {
            restored.Sign(serial);
        }

        Assert.InRange(restored.Table.Bytes, 0, before + 50_000);
    }

    [Fact]
    public void Places_of_rare_statuses_do_not_grow_with_every_restart()
    {
        var table = new CertificateTable(2, SegmentBits);
        int places = 0;
        for (int restart = 0; restart < 20; restart++)
        {
            for (int i = 0; i < 50; i++)
            {
                table.Apply(Rare("01", i), out _);
            }

            places = _file.Write(table).Rare.Count;
            table = _file.Restore(SegmentBits);
        }

        Assert.InRange(places, 1, 5);
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("0001-01-01T00:00:01Z")]
    [InlineData("1969-12-31T23:59:59Z")]
    [InlineData("2106-02-07T06:28:16Z")]
    [InlineData("9999-12-31T23:59:59Z")]
    public void A_revocation_of_any_time_stays_one(string time)
    {
        var table = new CertificateTable(2, SegmentBits);
        DateTimeOffset at = DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture);
        var status = new CertificateStatus(at, X509RevocationReason.KeyCompromise, at);
        table.Apply(new StatusChange(Serial("01"), status, DateTimeOffset.MaxValue), out _);
        _file.Write(table);

        Assert.True(_file.Restore(SegmentBits).TryRead(Serial("01"), out CertificateRecord record));
        Assert.Equal(status, record.Status);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a place, 42")]
    public void The_position_comes_back(string? position)
    {
        _file.Write(new CertificateTable(2, SegmentBits), position);

        Assert.Equal(new SourcePosition(position), _file.Read().Contents.Position);
    }

    [Fact]
    public void Nothing_that_is_written_is_too_much_to_be_read()
    {
        var table = new CertificateTable(2, segmentBits: 16);
        table.Apply(Good("01"), out _);
        _file.Write(table);
        using TablePicture picture = table.TakePicture(SnapshotFile.Purpose, default);
        SnapshotContents contents = ForgedContents.Of(picture.Contents, rare: [.. Enumerable.Repeat(CertificateStatus.Good, 1_100_000)]);

        _file.ForgeContents(contents);

        Assert.Equal(1_100_000, _file.Read().Contents.Rare.Count);
    }

    public void Dispose() => _file.Dispose();

    private static StatusChange Rare(string serial, int number) =>
        new(Serial(serial), new CertificateStatus(RandomTable.Start, X509RevocationReason.CertificateHold, RandomTable.Start.AddDays(-number)), DateTimeOffset.MaxValue);

    private static SerialNumber Serial(string text) => SerialNumber.TryParse(text, out SerialNumber serial) ? serial : default;
}
