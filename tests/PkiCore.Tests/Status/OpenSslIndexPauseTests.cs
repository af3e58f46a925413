using PkiCore.Status;
using static PkiCore.Tests.Status.IndexPoller;

namespace PkiCore.Tests.Status;

/// <summary>A file that stays unreadable is looked at all the time, but read seldom. A look that reads delivers the readable entries.</summary>
public sealed class OpenSslIndexPauseTests
{
    [Theory]
    [InlineData("V\t3001", "half-written")]
    [InlineData("R\tnobody\n", "a revocation cannot be read")]
    public async Task A_file_that_stays_bad_is_read_less_and_less_often_and_stale_all_the_time(string bad, string problem)
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), bad);
        DateTimeOffset start = index.Clock.GetUtcNow();
        List<double> readings = [];
        while (index.Clock.GetUtcNow() - start < TimeSpan.FromSeconds(95))
        {
            IndexPoll poll = await index.PollAsync();
            Assert.Equal(StatusVerdict.Stale, poll.Verdict);
            Assert.Contains(problem, poll.Problem, StringComparison.Ordinal);
            Assert.Equal(default, poll.Last.Position);
            if (poll.Changes.Count > 0)
            {
                readings.Add((index.Clock.GetUtcNow() - start).TotalSeconds);
            }
        }

        Assert.Equal([0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 4, 8, 16, 32, 62, 92], readings);
    }

    [Fact]
    public async Task A_bad_file_that_changes_is_read_at_once_and_then_as_often_as_a_new_one()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), "V");
        await PollAsync(index, TimeSpan.FromSeconds(20));
        File.AppendAllText(index.Path, "\t");

        Assert.Equal(9, await PollAsync(index, TimeSpan.FromSeconds(2.25)));
        Assert.Equal(1, await PollAsync(index, TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public async Task A_bad_file_that_is_mended_is_believed_at_once_and_a_good_one_that_gets_bad_is_not()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), "V");
        await PollAsync(index, TimeSpan.FromSeconds(20));

        index.Write(Good("01"), Good("02"));
        Assert.Equal(StatusVerdict.Current, (await index.PollAsync()).Verdict);
        await index.SettleAsync();

        File.AppendAllText(index.Path, "V");
        IndexPoll poll = await index.PollAsync();
        Assert.Equal(StatusVerdict.Stale, poll.Verdict);
        Assert.Equal(2, poll.Changes.Count);
    }

    [Fact]
    public async Task A_bad_file_that_goes_and_comes_back_is_read_at_once()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), "V");
        await PollAsync(index, TimeSpan.FromSeconds(20));
        string link = index.Path + ".link";
        File.Move(index.Path, link);
        Assert.Contains(index.Path, (await index.PollAsync()).Problem, StringComparison.Ordinal);

        File.CreateSymbolicLink(index.Path, link);

        Assert.Single((await index.PollAsync()).Changes);
    }

    /// <summary>Polls for a time.</summary>
    /// <returns>How often the file was read.</returns>
    private static async Task<int> PollAsync(IndexPoller index, TimeSpan time)
    {
        DateTimeOffset end = index.Clock.GetUtcNow() + time;
        int readings = 0;
        while (index.Clock.GetUtcNow() < end)
        {
            readings += (await index.PollAsync()).Changes.Count > 0 ? 1 : 0;
        }

        return readings;
    }
}
