using PkiCore.Serving;
using PkiCore.Status;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>A source that holds until a time that it tells, as a CRL does.</summary>
public sealed class SourceValidityTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    [Fact]
    [Requirement("RS-10", "RS-11")]
    public async Task What_was_true_days_ago_is_signed_as_of_then_and_up_to_the_end_of_the_source()
    {
        await using TestRig rig = new();
        await rig.StartWithAsync(rig.State(5 * s_day, 2 * s_day, Good("01"), Revoked("02")));
        rig.WaitUntilPrepared(Good("01"), Revoked("02"));

        foreach (Reply reply in new[] { await rig.AskAsync("01"), await rig.AskAsync("02"), await rig.SignAsync(rig.Request("01")) })
        {
            reply.Single.AssertTimes(rig.Now - (5 * s_day), rig.Now + (2 * s_day));
            Assert.Equal(rig.Now, reply.Response.ProducedAt);
        }

        Assert.Empty(rig.Health.Problems);
        Assert.Equal((0, 0), (rig.Health.Due, rig.Health.Late));
    }

    [Fact]
    public async Task A_source_that_holds_for_long_lets_answers_be_valid_for_as_long_as_the_settings_say()
    {
        await using TestRig rig = new();
        await rig.StartWithAsync(rig.State(5 * s_day, 20 * s_day, Good("01")));
        rig.WaitUntilPrepared(Good("01"));

        rig.Answer("01").Single.AssertTimes(rig.Now - (5 * s_day), rig.Now + (4 * s_day));
        (await rig.SignAsync(rig.Request("01"))).Single.AssertTimes(rig.Now - (5 * s_day), rig.Now + (4 * s_day));
    }

    [Fact]
    [Requirement("MZ-3", "RS-18")]
    public async Task The_end_of_the_signer_comes_first_where_it_is_earlier()
    {
        DateTimeOffset end = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        await using TestRig rig = new(terms: new ResponderTerms { NotAfter = end });
        await rig.StartWithAsync(rig.State(s_day, 2 * s_day, Good("01")));
        rig.WaitUntilPrepared(Good("01"));

        Assert.Equal(end, rig.Answer("01").Single.NextUpdate);
        Assert.Equal(end, (await rig.SignAsync(rig.Request("01"))).Single.NextUpdate);
    }

    [Fact]
    public async Task Fractions_of_a_second_do_not_outlive_the_source()
    {
        await using TestRig rig = new();
        rig.Clock.StepUtcNow(rig.Now.AddMilliseconds(700));
        await rig.StartWithAsync(rig.State(s_day, s_day, Good("01")));
        rig.WaitUntilPrepared(Good("01"));
        DateTimeOffset second = rig.Now.AddMilliseconds(-700);

        rig.Answer("01").Single.AssertTimes(second - s_day, second + s_day);
        (await rig.SignAsync(rig.Request("01"))).Single.AssertTimes(second - s_day, second + s_day);
    }

    [Fact]
    public async Task How_long_ago_the_source_spoke_does_not_count_while_it_is_valid()
    {
        await using TestRig rig = new(new OcspResponderOptions { MaxSourceAge = TimeSpan.FromMinutes(1) });
        await rig.StartWithAsync(rig.State(5 * s_day, 2 * s_day, Good("01")));
        rig.Clock.StepUtcNow(rig.Now + s_day);

        Assert.Empty(rig.Health.Problems);
        Assert.Equal(OcspOutcome.Good, (await rig.SignAsync(rig.Request("01"))).Outcome);
    }

    [Fact]
    [Requirement("T-18")]
    public async Task At_its_end_nothing_is_signed_any_more_and_what_is_signed_has_ended_too()
    {
        await using TestRig rig = new();
        await rig.StartWithAsync(rig.State(s_day, s_day, Good("01")));
        rig.WaitUntilPrepared(Good("01"));
        DateTimeOffset end = rig.Now + s_day;

        rig.Clock.StepUtcNow(end.AddMinutes(-1));
        Assert.Equal(end, (await rig.SignAsync(rig.Request("01"))).Single.NextUpdate);
        Assert.Empty(rig.Health.Problems);

        rig.Clock.StepUtcNow(end.AddMinutes(-1) + s_second); // what would be signed now could not last a minute
        Assert.Equal(OcspOutcome.TryLater, (await rig.SignAsync(rig.Request("01"))).Outcome);
        Assert.Contains("valid until 2026-01-02 00:00:00Z, too near", Assert.Single(rig.Health.Problems), StringComparison.Ordinal);
        Assert.True(rig.Responder.GetHealth() is { IsReady: true, IsDegraded: true });

        rig.Clock.StepUtcNow(end.AddTicks(-1));
        Assert.Equal(OcspOutcome.Good, rig.Answer("01").Outcome);

        rig.Clock.StepUtcNow(end);
        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome);
        Assert.Contains("was valid until 2026-01-02 00:00:00Z", Assert.Single(rig.Health.Problems), StringComparison.Ordinal);
        Assert.False(rig.Responder.GetHealth().IsReady);
        Assert.Equal((1, 1), (rig.Health.Due, rig.Health.Late));
    }

    [Fact]
    public async Task Its_end_is_logged_once_and_the_next_one_mends_everything()
    {
        await using TestRig rig = new();
        await rig.StartWithAsync(rig.State(s_day, s_day, Good("01"), Revoked("02")));
        rig.WaitUntilPrepared(Good("01"), Revoked("02"));
        rig.Clock.StepUtcNow(rig.Now + s_day);
        for (int i = 0; i < 3; i++)
        {
            await rig.AdvanceAsync(s_second);
        }

        Assert.Equal(1, rig.Log.Entries.Count(entry => entry.Text.Contains("was valid until 2026-01-02 00:00:00Z", StringComparison.Ordinal)));
        Assert.Equal(OcspOutcome.TryLater, rig.Answer("01").Outcome == OcspOutcome.NeedsSignature ? (await rig.SignAsync(rig.Request("01"))).Outcome : OcspOutcome.Good);

        await rig.DeliverAsync(TimeSpan.FromHours(1), s_day, Revoked("03"));

        rig.WaitUntilPrepared(Good("01"), Revoked("02"), Revoked("03"));
        rig.Answer("02").Single.AssertTimes(rig.Now.AddHours(-1), rig.Now + s_day);
        Assert.Empty(rig.Health.Problems);
        Assert.True(rig.Responder.GetHealth().IsReady);
        await rig.AdvanceAsync(s_second);
        WaitUntil(() => rig.Log.Entries.Any(entry => entry.Text.Contains("valid again", StringComparison.Ordinal)), "the log says so");
    }

    [Fact]
    public async Task A_source_that_has_ended_already_is_read_and_nothing_is_signed()
    {
        await using TestRig rig = new();
        await rig.StartWithAsync(rig.State(2 * s_day, TimeSpan.FromSeconds(-1), Good("01")));

        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome);
        Assert.Equal(0, rig.Signer.Calls);
        Assert.Equal(1, rig.Health.Certificates);
        Assert.Contains("was valid until", Assert.Single(rig.Health.Problems), StringComparison.Ordinal);
        Assert.False(rig.Responder.GetHealth().IsReady);
    }

    [Fact]
    public async Task What_is_wrong_with_the_source_does_not_hide_when_it_ended()
    {
        await using TestRig rig = new();
        await rig.StartWithAsync(rig.State(s_day, s_day, Good("01")));
        await rig.DeliverStaleAsync();
        Assert.Equal(["the source is out of reach"], rig.Health.Problems);
        Assert.Equal(OcspOutcome.Good, (await rig.SignAsync(rig.Request("01"))).Outcome); // what it said holds

        rig.Clock.StepUtcNow(rig.Now + s_day);

        Assert.Equal(["the source is out of reach; the source was valid until 2026-01-02 00:00:00Z; nothing new is signed"], rig.Health.Problems);
    }

    [Fact]
    [Requirement("T-16")]
    public async Task A_source_from_the_future_is_not_believed_yet_and_the_one_before_holds()
    {
        await using TestRig rig = new();
        await rig.StartWithAsync(rig.State(s_day, s_day, Good("01")));
        rig.WaitUntilPrepared(Good("01"));
        DateTimeOffset start = rig.Now;
        for (int i = 0; i < 3; i++)
        {
            await rig.Source.DeliverAsync(new StatusBatch { Watermark = start.AddMinutes(5), ValidUntil = start + (3 * s_day) }); // it says so again and again
        }

        (await rig.SignAsync(rig.Request("01"))).Single.AssertTimes(start - s_day, start + s_day);
        rig.Clock.StepUtcNow(start.AddMinutes(5));
        (await rig.SignAsync(rig.Request("01"))).Single.AssertTimes(start.AddMinutes(5), start + (3 * s_day));
    }

    [Fact]
    public async Task A_first_source_from_the_future_asks_for_the_clock()
    {
        await using TestRig rig = new();
        await rig.StartWithAsync(rig.State(-s_day, 2 * s_day, Good("01")));

        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("01")).Outcome);
        Assert.Contains("is the clock right?", Assert.Single(rig.Health.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task News_in_parts_count_when_the_last_part_is_there()
    {
        await using TestRig rig = new();
        await rig.StartWithAsync(rig.State(s_day, s_day, Good("01"), Revoked("02")));
        rig.WaitUntilPrepared(Good("01"), Revoked("02"));
        DateTimeOffset start = rig.Now;

        await rig.Source.DeliverAsync(new StatusBatch { Kind = StatusBatchKind.CompleteState, Changes = [Revoked("03")], Watermark = start, ValidUntil = start + (2 * s_day) });
        Assert.Equal(OcspOutcome.TryLater, (await rig.AskAsync("03")).Outcome); // the source of before does not know it
        (await rig.SignAsync(rig.Request("01"))).Single.AssertTimes(start - s_day, start + s_day);

        await rig.DeliverAsync(TimeSpan.Zero, 2 * s_day, Revoked("04"));
        rig.WaitUntilPrepared(Revoked("03"), Revoked("04"));
        rig.Answer("03").Single.AssertTimes(start, start + (2 * s_day));
        (await rig.SignAsync(rig.Request("01"))).Single.AssertTimes(start, start + (2 * s_day));
        Assert.Empty(rig.Health.Problems);
    }

    [Fact]
    public async Task A_new_end_counts_at_once_for_live_answers()
    {
        await using TestRig rig = new();
        await rig.StartWithAsync(rig.State(s_day, 2 * s_day, Good("01")));
        Assert.Equal(rig.Now + (2 * s_day), (await rig.SignAsync(rig.Request("01"))).Single.NextUpdate);

        await rig.DeliverAsync(s_day, s_day);

        Assert.Equal(rig.Now + s_day, (await rig.SignAsync(rig.Request("01"))).Single.NextUpdate);
    }
}
