using PkiCore.Status;
using static PkiCore.Tests.Status.IndexPoller;

namespace PkiCore.Tests.Status;

/// <summary>Files that cannot be read, or not completely: the watermark stays, and revocations count all the same.</summary>
public sealed class OpenSslIndexFaultTests
{
    [Fact]
    public async Task A_missing_file_is_stale_until_it_appears()
    {
        await using var index = new IndexPoller();

        IndexPoll missing = await index.PollAsync();
        Assert.Equal(StatusVerdict.Stale, missing.Verdict);
        Assert.Contains(index.Path, missing.Problem, StringComparison.Ordinal);

        index.Write(Good("01"));
        IndexPoll there = await index.PollAsync();
        Assert.Equal(StatusVerdict.Current, there.Verdict);
        Assert.Null(there.Problem);
        Assert.Single(there.Changes);
    }

    [Fact]
    public async Task A_file_that_goes_and_comes_back_is_read_again()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"));
        await index.SettleAsync();
        File.Move(index.Path, index.Path + ".old");
        Assert.Equal(StatusVerdict.Stale, (await index.PollAsync()).Verdict);

        File.Move(index.Path + ".old", index.Path);

        Assert.Equal(StatusBatchKind.CompleteStateEnd, (await index.PollAsync()).Last.Kind);
    }

    [Fact]
    public async Task A_directory_in_its_place_is_stale()
    {
        await using var index = new IndexPoller();
        Directory.CreateDirectory(index.Path);

        IndexPoll poll = await index.PollAsync();

        Assert.Equal(StatusVerdict.Stale, poll.Verdict);
        Assert.NotNull(poll.Problem);
    }

    [Fact]
    public async Task A_file_that_is_there_but_cannot_be_read_is_stale()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a file that nobody can read");
        await using var index = new IndexPoller();
        File.CreateSymbolicLink(index.Path, "/proc/self/mem");

        IndexPoll poll = await index.PollAsync();

        Assert.Equal(StatusVerdict.Stale, poll.Verdict);
        Assert.NotNull(poll.Problem);
    }

    [Fact]
    public async Task A_last_line_without_end_is_stale_and_its_revocations_count()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), Revoked("02").TrimEnd('\n'));

        IndexPoll poll = await index.PollAsync();

        Assert.Equal(StatusVerdict.Stale, poll.Verdict);
        Assert.Contains("half-written", poll.Problem, StringComparison.Ordinal);
        Assert.True(poll.StatusOf("02").IsRevoked);
    }

    [Fact]
    public async Task A_huge_last_line_without_end_is_stale()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), new string('a', 1 << 20));

        IndexPoll poll = await index.PollAsync();

        Assert.Contains("half-written", poll.Problem, StringComparison.Ordinal);
        Assert.Single(poll.Changes);
    }

    [Fact]
    public async Task A_half_written_file_is_believed_once_it_is_whole()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), Good("02")[..20]);
        Assert.Equal(StatusVerdict.Stale, (await index.PollAsync()).Verdict);

        File.AppendAllText(index.Path, Good("02")[20..]);

        IndexPoll poll = await index.PollAsync();
        Assert.Equal(StatusVerdict.Current, poll.Verdict);
        Assert.Equal(2, poll.Changes.Count);
    }

    [Fact]
    public async Task A_file_that_lost_all_its_entries_is_stale()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"));
        await index.PollAsync();
        index.Write();

        IndexPoll poll = await index.PollAsync();

        Assert.Equal(StatusVerdict.Stale, poll.Verdict);
        Assert.Contains("lost all its entries", poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_without_one_readable_line_is_not_an_index()
    {
        await using var index = new IndexPoller();
        index.Write("-----BEGIN CERTIFICATE-----\n", "AAAA\n", "-----END CERTIFICATE-----\n");

        IndexPoll poll = await index.PollAsync();

        Assert.Equal(StatusVerdict.Stale, poll.Verdict);
        Assert.Contains("not an index", poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revocation_counts_even_when_there_are_not_six_fields()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), Revoked("02").Replace("\n", "\t\n", StringComparison.Ordinal), Good("02"));

        IndexPoll poll = await index.PollAsync();

        Assert.Equal(StatusVerdict.Current, poll.Verdict);
        Assert.True(poll.StatusOf("02").IsRevoked);
        Assert.Contains("line 2: it does not have six fields", poll.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("R\t300101000000Z\t260101000000Z\tXY\tunknown\t/CN=a\n")]
    [InlineData("R\t300101000000Z\t260101000000Z\r\n")]
    [InlineData("R 300101000000Z 260101000000Z 02 unknown /CN=a\n")]
    public async Task A_revocation_that_names_no_certificate_is_stale_until_it_does_and_the_others_count(string line)
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), line, Revoked("03"));

        IndexPoll poll = await index.PollAsync();
        Assert.Equal(StatusVerdict.Stale, poll.Verdict);
        Assert.Contains("a revocation cannot be read: line 2: ", poll.Problem, StringComparison.Ordinal);
        Assert.True(poll.StatusOf("03").IsRevoked);
        Assert.Equal(StatusVerdict.Stale, (await index.PollAsync()).Verdict);

        index.Write(Good("01"), Revoked("02"), Revoked("03"));
        Assert.Equal(StatusVerdict.Current, (await index.PollAsync()).Verdict);
    }

    [Fact]
    public async Task A_revocation_on_a_huge_line_is_stale()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), Revoked("02").TrimEnd('\n'), new string('V', 3 << 20), "\n", Good("03"));

        IndexPoll poll = await index.PollAsync();

        Assert.Equal(StatusVerdict.Stale, poll.Verdict);
        Assert.Contains("a revocation cannot be read: line 2: it is longer", poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revocation_behind_many_bad_lines_is_named()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), string.Concat(Enumerable.Repeat("nonsense\n", 20)), "R\n");

        Assert.Contains("line 22: ", (await index.PollAsync()).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_changes_while_it_is_read_is_stale_and_then_read_again()
    {
        await using var index = new IndexPoller();
        index.Write(Enumerable.Range(1, 10_000).Select(i => Good(i.ToString("X8", null))).ToArray());
        StatusBatch first = await index.NextBatchAsync();
        File.AppendAllText(index.Path, Revoked("FF0001"));

        IndexPoll poll = await index.FinishPollAsync([.. first.Changes]);
        Assert.Equal(StatusVerdict.Stale, poll.Verdict);
        Assert.Contains("changed while it was read", poll.Problem, StringComparison.Ordinal);

        index.Clock.Advance(Interval);
        IndexPoll again = await index.FinishPollAsync([]);
        Assert.Equal(StatusVerdict.Current, again.Verdict);
        Assert.True(again.StatusOf("FF0001").IsRevoked);
    }

    [Fact]
    public async Task A_file_that_goes_while_it_is_read_is_stale()
    {
        await using var index = new IndexPoller();
        index.Write(Enumerable.Range(1, 10_000).Select(i => Revoked(i.ToString("X8", null))).ToArray());
        StatusBatch first = await index.NextBatchAsync();
        File.Delete(index.Path);

        IndexPoll poll = await index.FinishPollAsync([.. first.Changes]);

        Assert.Equal(StatusVerdict.Stale, poll.Verdict);
        Assert.Equal(10_000, poll.Changes.Count);
    }
}
