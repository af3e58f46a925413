using PkiCore.Status;
using static PkiCore.Tests.Status.IndexPoller;

namespace PkiCore.Tests.Status;

/// <summary>A position names a file in one state, and nothing is claimed of any other.</summary>
public sealed class OpenSslIndexPositionTests
{
    [Fact]
    public async Task A_file_that_is_as_the_position_says_is_not_read_again()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), Revoked("02"));
        SourcePosition position = await SettledPositionAsync(index);
        await index.RestartAsync(position);
        index.Clock.Advance(TimeSpan.FromHours(1));

        IndexPoll poll = await index.PollAsync();

        Assert.Equal(StatusBatchKind.Changes, poll.Last.Kind);
        Assert.Empty(poll.Changes);
        Assert.Equal(StatusVerdict.Current, poll.Verdict);
        Assert.Equal(index.Clock.GetUtcNow(), poll.Watermark);
        Assert.Null(poll.Problem);
        Assert.Equal(position, poll.Last.Position);
        Assert.Equal(position, (await index.PollAsync()).Last.Position);
    }

    [Fact]
    public async Task A_change_after_a_start_from_a_position_is_read()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"));
        await index.RestartAsync(await SettledPositionAsync(index));
        await index.PollAsync();
        index.Write(Good("01"), Revoked("02"));

        IndexPoll poll = await index.PollAsync();

        Assert.Equal(StatusBatchKind.CompleteStateEnd, poll.Last.Kind);
        Assert.True(poll.StatusOf("02").IsRevoked);
        Assert.Equal(default, poll.Last.Position);
    }

    [Fact]
    public async Task A_position_comes_only_with_the_last_batch_of_a_file_that_has_settled()
    {
        await using var index = new IndexPoller();
        index.Write([.. Enumerable.Range(1, 10_000).Select(i => Good(i.ToString("X8", null)))]);
        List<StatusBatch> batches = [];
        do
        {
            batches.AddRange((await index.PollAsync()).Batches);
        }
        while (batches[^1].Kind != StatusBatchKind.Changes);

        SourcePosition position = batches[^1].Position;
        Assert.StartsWith("index1:", position.Value, StringComparison.Ordinal);
        Assert.Equal(StatusBatchKind.CompleteStateEnd, batches[^2].Kind);
        Assert.Equal(position, batches[^2].Position); // the reading that settled it
        Assert.Equal(StatusBatchKind.CompleteState, batches[^3].Kind);
        Assert.All(batches[..^2], batch => Assert.Equal(default, batch.Position));
    }

    [Fact]
    public async Task A_file_is_not_settled_by_a_reading_that_takes_long()
    {
        await using var index = new IndexPoller();
        index.Write([.. Enumerable.Range(1, 10_000).Select(i => Good(i.ToString("X8", null)))]);
        await index.PollAsync();
        StatusBatch first = await index.BeginPollAsync();
        index.Clock.Advance(TimeSpan.FromSeconds(10)); // what was read already may have changed in the tick of a coarse file clock

        Assert.Equal(default, (await index.FinishPollAsync([.. first.Changes])).Last.Position);
        Assert.Equal(10_000, (await index.FinishPollAsync([])).Changes.Count);
    }

    [Fact]
    public async Task A_file_with_bad_lines_has_no_position_because_only_reading_tells_them_again()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), "nonsense\n");

        SourcePosition position = await SettledPositionAsync(index);

        Assert.Equal(default, position);
    }

    [Fact]
    public async Task A_stale_file_has_no_position_though_it_had_one()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"));
        Assert.NotEqual(default, await SettledPositionAsync(index));
        File.AppendAllText(index.Path, "V");
        Assert.Equal(default, (await index.PollAsync()).Last.Position);
        File.Delete(index.Path);
        Assert.Equal(default, (await index.PollAsync()).Last.Position);
    }

    public static TheoryData<string> Changes => ["rename over it", "edit in place", "touch", "rename away and back"];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Another_state_of_the_file_is_read_whole_though_size_and_time_are_the_same(string change)
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"));
        File.SetLastWriteTimeUtc(index.Path, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        SourcePosition position = await SettledPositionAsync(index);
        await Task.Delay(50, TestContext.Current.CancellationToken); // another tick of the file clock; the settling was on the test's clock
        string other = index.Path + ".new";
        switch (change)
        {
            case "rename over it":
                File.WriteAllText(other, Good("02"));
                File.SetLastWriteTimeUtc(other, File.GetLastWriteTimeUtc(index.Path));
                File.Move(other, index.Path, overwrite: true);
                break;
            case "edit in place":
                index.Write(Good("02"));
                break;
            case "rename away and back":
                File.Move(index.Path, other);
                File.Move(other, index.Path);
                break;
        }

        File.SetLastWriteTimeUtc(index.Path, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await index.RestartAsync(position);

        IndexPoll poll = await index.PollAsync();

        Assert.Equal(StatusBatchKind.CompleteStateEnd, poll.Last.Kind);
        Assert.Single(poll.Changes);
    }

    [Fact]
    public async Task An_empty_file_after_a_position_with_entries_has_lost_them()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"));
        SourcePosition position = await SettledPositionAsync(index);
        index.Write();
        await index.RestartAsync(position);

        IndexPoll poll = await index.PollAsync();

        Assert.Equal(StatusVerdict.Stale, poll.Verdict);
        Assert.Contains("lost all its entries", poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_file_may_stay_empty()
    {
        await using var index = new IndexPoller();
        index.Write();
        await index.RestartAsync(await SettledPositionAsync(index));
        Assert.Equal(StatusBatchKind.Changes, (await index.PollAsync()).Last.Kind);
        await Task.Delay(50, TestContext.Current.CancellationToken); // another tick of the file clock
        index.Write();

        Assert.Equal(StatusVerdict.Current, (await index.PollAsync()).Verdict);
    }

    [Fact]
    public async Task A_missing_file_is_stale_whatever_the_position()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"));
        SourcePosition position = await SettledPositionAsync(index);
        File.Delete(index.Path);
        await index.RestartAsync(position);

        Assert.Equal(StatusVerdict.Stale, (await index.PollAsync()).Verdict);
    }

    public static TheoryData<string, Func<string, string>> Spoilings => new()
    {
        { "another version", position => position.Replace("index1", "index2", StringComparison.Ordinal) },
        { "no version", position => position["index1:".Length..] },
        { "a field more", position => position + ":0" },
        { "a field less", position => position[..^2] },
        { "a blank", position => position.Replace("index1:", "index1: ", StringComparison.Ordinal) },
        { "a leading zero", position => position.Replace("index1:", "index1:0", StringComparison.Ordinal) },
        { "a number too large", position => position.Replace("index1:", "index1:99999999999999999999", StringComparison.Ordinal) },
        { "neither with entries nor without", position => position[..^1] + "2" },
        { "nothing", _ => "" },
        { "of another source", _ => "galera1:42" },
    };

    [Theory]
    [MemberData(nameof(Spoilings))]
    public async Task A_position_that_is_not_an_index_position_begins_with_the_complete_state(string description, Func<string, string> spoil)
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"));
        SourcePosition position = await SettledPositionAsync(index);
        await index.RestartAsync(new SourcePosition(spoil(position.Value!)));

        IndexPoll poll = await index.PollAsync();

        Assert.True(poll.Last.Kind == StatusBatchKind.CompleteStateEnd, description);
        Assert.Single(poll.Changes);
    }

    [Theory]
    [InlineData(1UL, 1_000_000_001, true)]
    [InlineData(ulong.MaxValue, -1, true)]
    [InlineData(0UL, 1_000_000_001, false)] // no inode
    [InlineData(1UL, 1_000_000_000, false)] // whole seconds
    public void Only_an_identity_that_proves_the_contents_makes_a_position(ulong inode, long changed, bool proves)
    {
        var position = new OpenSslIndexPosition(new FileIdentity(inode, 10, -20, changed), HasEntries: true);

        Assert.Equal(proves, position.Identity.IsProofOfContents);
        Assert.Equal(proves, OpenSslIndexPosition.TryParse(position.ToSourcePosition(), out OpenSslIndexPosition parsed));
        Assert.Equal(proves ? position : default, parsed);
    }

    private static async Task<SourcePosition> SettledPositionAsync(IndexPoller index)
    {
        await index.SettleAsync();
        return (await index.PollAsync()).Last.Position;
    }
}
