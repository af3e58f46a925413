using PkiCore.Serving.Snapshots;
using PkiCore.Status;

namespace PkiCore.Tests.Serving.Snapshots;

/// <summary>A picture is of one moment, whatever the writer does until it is written.</summary>
public sealed class SnapshotPictureTests : IDisposable
{
    private const int SegmentBits = 5;

    private readonly SnapshotFile _file = new();

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 10)]
    [InlineData(3, 300)]
    [InlineData(4, 3000)]
    [InlineData(5, 3000)]
    [InlineData(6, 5000)]
    public void What_changes_after_the_picture_is_not_in_it(int seed, int steps)
    {
        var random = new RandomTable(seed, SegmentBits);
        random.Churn(steps);
        for (int round = 0; round < 5; round++)
        {
            using TablePicture picture = random.Table.TakePicture(SnapshotFile.Purpose, new SourcePosition("here"));
            SortedDictionary<string, string> dump = RandomTable.Dump(random.Table);
            string summary = RandomTable.Summarize(random.Table);
            random.Churn(500);
            random.Switch(); // another layout
            random.Churn(500);
            uint first = 0;
            random.Table.RemoveExpired(RandomTable.Start.AddDays(900), ref first, 1 << 16); // nearly all: segments become empty

            SnapshotWriter.Write(_file.Path, picture, CancellationToken.None);

            PkiCore.Serving.CertificateTable restored = _file.Restore(SegmentBits);
            Assert.Equal(dump, RandomTable.Dump(restored));
            Assert.Equal(summary, RandomTable.Summarize(restored));
            random.Churn(steps);
        }
    }

    [Fact]
    public async Task A_writer_that_churns_meanwhile_is_not_seen()
    {
        var random = new RandomTable(42, SegmentBits);
        random.Churn(2000);
        var turn = new Lock();
        bool isOver = false;
        Task churning = Task.Run(
            () =>
            {
                for (int i = 0; !Volatile.Read(ref isOver); i++)
                {
                    lock (turn)
                    {
                        random.Churn(10);
                        if (random.Table.Count > 1000)
                        {
                            uint first = 0;
                            random.Table.RemoveExpired(RandomTable.Start.AddDays(900), ref first, 1 << 16);
                        }
                    }
                }
            },
            TestContext.Current.CancellationToken);

        try
        {
            for (int round = 0; round < 10; round++)
            {
                TablePicture picture;
                SortedDictionary<string, string> dump;
                lock (turn)
                {
                    picture = random.Table.TakePicture(SnapshotFile.Purpose, default);
                    dump = RandomTable.Dump(random.Table);
                }

                using (picture)
                {
                    SnapshotWriter.Write(_file.Path, picture, CancellationToken.None);
                }

                Assert.Equal(dump, RandomTable.Dump(_file.Restore(SegmentBits)));
            }
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            await churning;
        }
    }

    [Fact]
    public void After_a_picture_slots_are_used_again_and_empty_segments_go()
    {
        var random = new RandomTable(7, SegmentBits);
        random.Churn(1000);
        long before = random.Table.Bytes;
        for (int i = 0; i < 100; i++)
        {
            using TablePicture picture = random.Table.TakePicture(SnapshotFile.Purpose, default);
            random.BeginBatch();
            foreach (string serial in RandomTable.Dump(random.Table).Keys.Take(50))
            {
                Assert.True(PkiCore.X509.SerialNumber.TryParse(serial, out PkiCore.X509.SerialNumber parsed));
                random.Sign(parsed);
            }
        }

        Assert.InRange(random.Table.Bytes, 0, before + 60_000);
    }

    public void Dispose() => _file.Dispose();
}
