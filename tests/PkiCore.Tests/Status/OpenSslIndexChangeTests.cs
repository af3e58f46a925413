using PkiCore.Status;
using static PkiCore.Tests.Status.IndexPoller;

namespace PkiCore.Tests.Status;

/// <summary>No way of changing a file goes unnoticed.</summary>
public sealed class OpenSslIndexChangeTests
{
    [Fact]
    public async Task A_rename_over_it_is_noticed_though_size_and_time_are_the_same()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), Good("03"));
        await index.SettleAsync();
        string replacement = index.Path + ".new";
        File.WriteAllText(replacement, Good("02") + Good("03"));
        File.SetLastWriteTimeUtc(replacement, File.GetLastWriteTimeUtc(index.Path));
        Assert.Equal(new FileInfo(index.Path).Length, new FileInfo(replacement).Length);

        File.Move(replacement, index.Path, overwrite: true);

        IndexPoll poll = await index.PollAsync();
        Assert.Equal(["02", "03"], poll.Changes.Select(change => change.Serial.ToString()));
    }

    [Fact]
    public async Task An_edit_in_place_is_noticed_though_the_size_is_the_same_and_the_time_was_set_back()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"));
        await index.SettleAsync();
        DateTime modified = File.GetLastWriteTimeUtc(index.Path);

        index.Write(Good("02"));
        File.SetLastWriteTimeUtc(index.Path, modified);

        Assert.Equal("02", Assert.Single((await index.PollAsync()).Changes).Serial.ToString());
    }

    [Fact]
    public async Task An_edit_within_the_tick_of_the_file_clock_is_noticed()
    {
        for (int i = 0; i < 20; i++)
        {
            await using var index = new IndexPoller();
            index.Write(Good("01"));
            await index.PollAsync();
            index.Write(Good("02")); // most often with the same inode, size and times

            Assert.Equal("02", Assert.Single((await index.PollAsync()).Changes).Serial.ToString());
        }
    }

    [Fact]
    public async Task A_fresh_file_is_read_again_until_its_time_is_old_enough_to_be_trusted()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"));
        int readings = 0;
        while ((await index.PollAsync()).Last.Kind != StatusBatchKind.Changes)
        {
            readings++;
        }

        Assert.Equal(1 + (int)(TimeSpan.FromSeconds(2) / Interval), readings);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // openssl ca
    public async Task A_file_that_is_replaced_while_it_is_read_is_read_to_its_end_and_then_the_new_one(bool keepsOld)
    {
        await using var index = new IndexPoller();
        index.Write([.. Enumerable.Range(1, 10_000).Select(i => Good(i.ToString("X8", null))), Revoked("FF0001")]);
        StatusBatch first = await index.NextBatchAsync();
        await Task.Delay(50, TestContext.Current.CancellationToken); // another tick of the file clock: a rename changes the old file's time of change
        File.WriteAllText(index.Path + ".new", Revoked("FF0002"));
        if (keepsOld)
        {
            File.Move(index.Path, index.Path + ".old");
        }

        File.Move(index.Path + ".new", index.Path, overwrite: true);

        IndexPoll poll = await index.FinishPollAsync([.. first.Changes]);
        Assert.Equal(StatusVerdict.Current, poll.Verdict);
        Assert.Null(poll.Problem);
        Assert.Equal(10_001, poll.Changes.Count);

        index.Clock.Advance(Interval);
        IndexPoll next = await index.FinishPollAsync([]);
        Assert.Equal(StatusVerdict.Current, next.Verdict);
        Assert.Equal("FF0002", Assert.Single(next.Changes).Serial.ToString());
    }

    [Fact]
    public async Task An_edit_in_place_while_it_is_read_is_stale_though_the_size_is_the_same_and_the_time_was_set_back()
    {
        await using var index = new IndexPoller();
        string[] lines = [.. Enumerable.Range(1, 10_000).Select(i => Good(i.ToString("X8", null)))];
        index.Write(lines);
        DateTime modified = File.GetLastWriteTimeUtc(index.Path); // without its last digits
        File.SetLastWriteTimeUtc(index.Path, modified);
        await index.NextBatchAsync();
        await Task.Delay(50, TestContext.Current.CancellationToken); // another tick of the file clock
        lines[0] = Good("FFFFFFFF");
        index.Write(lines);
        File.SetLastWriteTimeUtc(index.Path, modified);

        IndexPoll poll = await index.FinishPollAsync([]);

        Assert.Equal(StatusVerdict.Stale, poll.Verdict);
        Assert.Contains("changed while it was read", poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_enumerations_do_not_disturb_each_other()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.File("index.txt");
        await File.WriteAllTextAsync(path, Good("01"), TestContext.Current.CancellationToken);
        var source = new OpenSslIndexSource(path, new ManualTimeProvider());
        for (int i = 0; i < 2; i++)
        {
            await using IAsyncEnumerator<StatusBatch> batches = source.ReadAsync(default, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
            Assert.True(await batches.MoveNextAsync());
            Assert.Single(batches.Current.Changes);
        }
    }

    [Fact]
    public async Task Cancelling_ends_the_enumeration()
    {
        using var directory = new TemporaryDirectory();
        using var cancelling = new CancellationTokenSource();
        var source = new OpenSslIndexSource(directory.File("index.txt"), new ManualTimeProvider());
        await using IAsyncEnumerator<StatusBatch> batches = source.ReadAsync(default, cancelling.Token).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await batches.MoveNextAsync());
        ValueTask<bool> next = batches.MoveNextAsync();

        await cancelling.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.AsTask());
    }
}
