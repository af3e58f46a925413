using PkiCore.Galera.Feed;

namespace PkiCore.Galera.Tests.Feed;

public sealed class HistoryCheckTests
{
    private static readonly ChangeDigest s_own = Digest(1);
    private static readonly ChangeDigest s_other = Digest(2);
    private static readonly DateTimeOffset s_accepted = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly HistoryPosition s_position = new(100, s_own, null);

    [Fact]
    public void Same_end_is_nothing_new() => Assert.Equal(HistoryStep.Nothing, Compare(Head(100, s_own), isComplete: true));

    [Fact]
    public void Later_end_is_changes() => Assert.Equal(HistoryStep.Changes, Compare(Head(101, s_other), isComplete: true));

    [Fact]
    public void Node_that_is_behind_is_no_alarm() => Assert.Equal(HistoryStep.Nothing, Compare(Head(99, s_other), isComplete: false));

    [Fact]
    public void Cluster_that_is_behind_has_lost_changes()
    {
        Assert.Equal(HistoryStep.OtherHistory, HistoryCheck.Compare(s_position, Head(99, s_other), isComplete: true, isRefused: false, out string? why));
        Assert.Contains("ends with 99, and 100", why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Other_change_of_the_same_number_is_another_history(bool isComplete) =>
        Assert.Equal(HistoryStep.OtherHistory, Compare(Head(100, s_other), isComplete));

    [Fact]
    public void What_was_pruned_behind_the_position_is_no_matter() => Assert.Equal(HistoryStep.Changes, Compare(Head(105, s_other, firstChange: 101), isComplete: true));

    [Fact]
    public void What_was_pruned_before_it_was_read_is_read_from_the_state()
    {
        Assert.Equal(HistoryStep.ReadAgain, HistoryCheck.Compare(s_position, Head(105, s_other, firstChange: 103), isComplete: true, isRefused: false, out string? why));
        Assert.Equal("changes 101 to 102 were pruned", why);
    }

    [Fact]
    public void What_was_refused_is_not_followed_because_its_changes_were_pruned_meanwhile()
    {
        HistoryHead head = Head(105, s_other, firstChange: 103);
        Assert.Equal(HistoryStep.OtherHistory, HistoryCheck.Compare(s_position, head, isComplete: true, isRefused: true, out _));
        Assert.Equal(HistoryStep.ReadAgain, HistoryCheck.Compare(s_position, head with { AcceptedAt = s_accepted }, isComplete: true, isRefused: true, out _));
    }

    [Fact]
    public void Other_history_that_an_operator_has_accepted_since_is_read() =>
        Assert.Equal(HistoryStep.ReadAgain, Compare(Head(90, s_other) with { AcceptedAt = s_accepted }, isComplete: true));

    [Fact]
    public void Acceptance_of_long_ago_does_not_count_for_another_history_of_today() =>
        Assert.Equal(HistoryStep.OtherHistory, HistoryCheck.Compare(s_position with { AcceptedAt = s_accepted }, Head(90, s_other) with { AcceptedAt = s_accepted }, isComplete: true, isRefused: false, out _));

    [Fact]
    public void Acceptance_changes_nothing_where_the_history_is_the_same() =>
        Assert.Equal(HistoryStep.Nothing, Compare(Head(100, s_own) with { AcceptedAt = s_accepted }, isComplete: true));

    private static HistoryStep Compare(HistoryHead head, bool isComplete) => HistoryCheck.Compare(s_position, head, isComplete, isRefused: false, out _);

    private static HistoryHead Head(ulong lastChange, ChangeDigest digest, ulong firstChange = 1) => new(7, lastChange, digest, firstChange, null);

    private static ChangeDigest Digest(byte value) => ChangeDigest.From([.. Enumerable.Repeat(value, ChangeDigest.Length)]);
}
