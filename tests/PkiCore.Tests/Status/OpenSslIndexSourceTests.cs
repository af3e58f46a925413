using PkiCore.Status;
using static PkiCore.Tests.Status.IndexPoller;

namespace PkiCore.Tests.Status;

/// <summary>What a readable file says, and when it is believed.</summary>
public sealed class OpenSslIndexSourceTests
{
    [Fact]
    public async Task The_first_look_delivers_the_complete_state()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), Revoked("02"), Held("03"));

        IndexPoll poll = await index.PollAsync();

        Assert.Equal(StatusVerdict.Current, poll.Verdict);
        Assert.Equal(StatusBatchKind.CompleteStateEnd, poll.Last.Kind);
        Assert.Null(poll.Problem);
        Assert.False(poll.StatusOf("01").IsRevoked);
        Assert.True(poll.StatusOf("02").IsRevoked);
        Assert.True(poll.StatusOf("03").IsOnHold);
    }

    [Fact]
    public async Task An_unchanged_file_is_not_read_again_and_advances_the_watermark()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"));
        await index.SettleAsync();
        DateTimeOffset before = index.Clock.GetUtcNow();

        IndexPoll poll = await index.PollAsync();

        Assert.Empty(poll.Changes);
        Assert.Equal(StatusBatchKind.Changes, poll.Last.Kind);
        Assert.Equal(StatusVerdict.Current, poll.Verdict);
        Assert.Equal(before + Interval, poll.Watermark);
    }

    [Fact]
    [Requirement("T-16")]
    public async Task The_watermark_is_the_time_before_the_reading()
    {
        await using var index = new IndexPoller();
        index.Write(Many(20_000));
        DateTimeOffset before = index.Clock.GetUtcNow();
        StatusBatch first = await index.NextBatchAsync();
        index.Clock.StepUtcNow(before.AddMinutes(1)); // the reading takes a minute

        IndexPoll poll = await index.FinishPollAsync([.. first.Changes]);

        Assert.Equal(20_000, poll.Changes.Count);
        Assert.Equal(before, first.Watermark);
        Assert.Equal(before, poll.Watermark);
    }

    [Fact]
    public async Task Revocations_come_before_everything_else()
    {
        await using var index = new IndexPoller();
        index.Write(Many(10_000), Revoked("FF0001"));

        StatusBatch first = await index.NextBatchAsync();

        StatusChange change = Assert.Single(first.Changes);
        Assert.True(change.Status.IsRevoked);
    }

    [Fact]
    public async Task A_hundred_thousand_lines_are_delivered_each_once()
    {
        await using var index = new IndexPoller();
        index.Write(Many(100_000));

        IndexPoll poll = await index.PollAsync();

        Assert.Equal(100_000, poll.Changes.Select(change => change.Serial).Distinct().Count());
        Assert.Equal(100_000, poll.Changes.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_duplicates_revoked_wins_whatever_the_order(bool revokedFirst)
    {
        await using var index = new IndexPoller();
        index.Write(revokedFirst ? [Revoked("01"), Good("01")] : [Good("01"), Revoked("01")]);

        Assert.True((await index.PollAsync()).StatusOf("01").IsRevoked);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_duplicates_revoked_for_good_wins_over_hold(bool holdFirst)
    {
        await using var index = new IndexPoller();
        index.Write(holdFirst ? [Held("01"), Revoked("01")] : [Revoked("01"), Held("01")]);

        CertificateStatus status = (await index.PollAsync()).StatusOf("01");

        Assert.True(status is { IsRevoked: true, IsOnHold: false });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_duplicates_on_hold_wins_over_good_and_the_first_hold_over_the_second(bool goodFirst)
    {
        await using var index = new IndexPoller();
        string[] holds = [Revoked("01", "260101000000Z,certificateHold"), Revoked("01", "260202000000Z,certificateHold")];
        index.Write(goodFirst ? [Good("01"), .. holds] : [.. holds, Good("01")]);

        CertificateStatus status = (await index.PollAsync()).StatusOf("01");

        Assert.True(status.IsOnHold);
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), status.RevocationTime);
    }

    [Fact]
    public async Task Thousands_of_revocations_and_holds_are_delivered_each_once_before_everything_else()
    {
        const int count = 3000;
        await using var index = new IndexPoller();
        index.Write([.. Enumerable.Range(1, count).SelectMany(i => new[] { Good($"01{i:X4}"), Held($"02{i:X4}"), Revoked($"03{i:X4}"), Revoked($"03{i:X4}") })]);

        IReadOnlyList<StatusChange> changes = (await index.PollAsync()).Changes;

        Assert.Equal(3 * count, changes.Count);
        Assert.Equal(3 * count, changes.Select(change => change.Serial).Distinct().Count());
        Assert.Equal(2 * count, changes.TakeWhile(change => change.Status.IsRevoked).Count());
        Assert.Equal(count, changes.Count(change => change.Status.IsOnHold));
    }

    [Fact]
    public async Task A_bad_line_is_reported_by_number_and_drops_nothing_else()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), "\n", "nonsense\n", Revoked("02"), "# a comment\n", "V\tnever\t\t03\tunknown\t/CN=a\n", Good("04"));

        IndexPoll poll = await index.PollAsync();

        Assert.Equal(StatusVerdict.Current, poll.Verdict);
        Assert.Equal(["02", "01", "04"], poll.Changes.Select(change => change.Serial.ToString()));
        Assert.Contains("2 unreadable line(s): line 3: ", poll.Problem, StringComparison.Ordinal);
        Assert.Contains("; line 6: ", poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_lines_are_reported_as_long_as_they_are_there()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), "nonsense\n");
        await index.SettleAsync();

        Assert.Contains("line 2", (await index.PollAsync()).Problem, StringComparison.Ordinal);
        index.Write(Good("01"));
        Assert.Null((await index.PollAsync()).Problem);
    }

    [Fact]
    public async Task Thousands_of_bad_lines_make_a_short_report()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), string.Concat(Enumerable.Repeat("nonsense\n", 5000)));

        string? problem = (await index.PollAsync()).Problem;

        Assert.Contains("5000 unreadable", problem, StringComparison.Ordinal);
        Assert.True(problem!.Length < 2000);
    }

    [Fact]
    public async Task A_huge_line_is_reported_and_drops_nothing_else()
    {
        await using var index = new IndexPoller();
        index.Write(Good("01"), "V\t300101000000Z\t\t02\tunknown\t/CN=", new string('a', 3 << 20), "\n", Revoked("03"));

        IndexPoll poll = await index.PollAsync();

        Assert.Equal(["03", "01"], poll.Changes.Select(change => change.Serial.ToString()));
        Assert.Equal(StatusVerdict.Current, poll.Verdict);
        Assert.Contains("line 2: it is longer", poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_may_end_as_on_Windows()
    {
        await using var index = new IndexPoller();
        index.Write((Good("01") + Revoked("02") + "\n").Replace("\n", "\r\n", StringComparison.Ordinal));

        IndexPoll poll = await index.PollAsync();

        Assert.Null(poll.Problem);
        Assert.Equal(2, poll.Changes.Count);
    }

    [Fact]
    public async Task A_revocation_with_unreadable_details_counts_and_is_reported()
    {
        await using var index = new IndexPoller();
        index.Write(Revoked("01", "260101000000Z,removeFromCRL"), Good("02"));

        IndexPoll poll = await index.PollAsync();

        Assert.True(poll.StatusOf("01").IsRevoked);
        Assert.Contains("line 1: ", poll.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_index_of_a_new_authority_may_be_empty()
    {
        await using var index = new IndexPoller();
        index.Write();

        IndexPoll poll = await index.PollAsync();

        Assert.Equal(StatusVerdict.Current, poll.Verdict);
        Assert.Null(poll.Problem);
    }

    private static string Many(int count) => string.Concat(Enumerable.Range(1, count).Select(i => Good(i.ToString("X8", null))));
}
