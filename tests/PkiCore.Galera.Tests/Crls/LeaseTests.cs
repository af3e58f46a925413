namespace PkiCore.Galera.Tests.Crls;

/// <summary>Contenders for the lease of a real cluster, each by a clock of its own.</summary>
[Collection(LabGroup.Name)]
public sealed class LeaseTests(LabFixture fixture)
{
    private static readonly TimeSpan s_timeToLive = TimeSpan.FromSeconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_gets_the_lease_and_another_only_when_the_holder_was_silent_for_the_time_to_live()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        (PublisherLease first, ManualTimeProvider firstClock) = await ContendAsync(lab, "first", 1);
        (PublisherLease second, ManualTimeProvider secondClock) = await ContendAsync(lab, "second", 2);
        await first.StepAsync(Token);
        await second.StepAsync(Token);
        Assert.True(first.IsHeld);
        Assert.False(second.IsHeld);
        Assert.Equal("standby: first holds the lease", second.Status);

        // As long as the holder renews it, time alone changes nothing.
        for (int i = 0; i < 8; i++)
        {
            firstClock.Advance(s_timeToLive / 4);
            secondClock.Advance(s_timeToLive / 4);
            await first.StepAsync(Token);
            await second.StepAsync(Token);
            Assert.True(first.IsHeld);
            Assert.False(second.IsHeld);
        }

        // The holder is gone.
        await second.StepAsync(Token);
        secondClock.Advance(s_timeToLive - TimeSpan.FromMilliseconds(1));
        await second.StepAsync(Token);
        Assert.False(second.IsHeld);
        secondClock.Advance(TimeSpan.FromMilliseconds(1));
        await second.StepAsync(Token);
        Assert.True(second.IsHeld);
        Assert.Equal(2UL, second.Term!.Epoch);
    }

    [Fact]
    public async Task A_holder_that_cannot_renew_gives_up_before_anybody_takes_over()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        (PublisherLease holder, ManualTimeProvider clock) = await ContendAsync(lab, "holder", 1);
        await holder.StepAsync(Token);
        clock.Advance((s_timeToLive * 2 / 3) - TimeSpan.FromTicks(10));
        Assert.True(holder.IsHeld);
        clock.Advance(TimeSpan.FromTicks(10));
        Assert.False(holder.IsHeld);

        // Nobody took over: it comes back, under another epoch.
        await holder.StepAsync(Token);
        Assert.True(holder.IsHeld);
        Assert.Equal(2UL, holder.Term!.Epoch);
    }

    [Fact]
    public async Task A_holder_that_stood_still_with_its_clock_is_refused_by_the_epoch()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        (PublisherLease paused, _) = await ContendAsync(lab, "paused", 1);
        (PublisherLease second, ManualTimeProvider clock) = await ContendAsync(lab, "second", 2);
        await paused.StepAsync(Token);
        await second.StepAsync(Token);
        clock.Advance(s_timeToLive);
        await second.StepAsync(Token);
        Assert.True(second.IsHeld);

        // Its clock stood still too, so that it believes to hold the lease; but what it writes is refused.
        Assert.True(paused.IsHeld);
        var numbers = new GaleraCrlNumbers(await lab.OpenClusterAsync("publisher", 1), lab.Issuer, paused);
        Assert.Contains("lost to another publisher", Assert.Throws<IOException>(() => numbers.Take(1)).Message, StringComparison.Ordinal);
        await paused.StepAsync(Token);
        Assert.False(paused.IsHeld);
        Assert.Equal(1, new GaleraCrlNumbers(await lab.OpenClusterAsync("publisher", 3), lab.Issuer, second).Take(1));
    }

    [Fact]
    public async Task A_lease_that_is_given_back_is_taken_at_once()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        (PublisherLease first, _) = await ContendAsync(lab, "first", 1);
        (PublisherLease second, _) = await ContendAsync(lab, "second", 3);
        await first.StepAsync(Token);
        await second.StepAsync(Token);
        await first.DisposeAsync();
        Assert.False(first.IsHeld);
        await Eventually.HoldsAsync("the lease is taken", async () =>
        {
            await second.StepAsync(Token);
            return second.IsHeld;
        }, Token);
        Assert.Equal(2UL, second.Term!.Epoch);
    }

    [Fact]
    public async Task Contenders_on_all_nodes_never_hold_it_at_the_same_time()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        var contenders = new List<(PublisherLease Lease, ManualTimeProvider Clock)>();
        foreach (int node in (int[])[1, 2, 3])
        {
            contenders.Add(await ContendAsync(lab, $"contender {node}", node));
        }

        // All see the same silence, and try in the same moment.
        for (int round = 1; round <= 5; round++)
        {
            await Task.WhenAll(contenders.Select(contender => contender.Lease.StepAsync(Token)));
            Assert.Single(contenders, contender => contender.Lease.IsHeld);
            foreach ((_, ManualTimeProvider clock) in contenders)
            {
                clock.Advance(s_timeToLive);
            }

            Assert.DoesNotContain(contenders, contender => contender.Lease.IsHeld);
        }

        await Task.WhenAll(contenders.Select(contender => contender.Lease.StepAsync(Token)));
        Assert.Single(contenders, contender => contender.Lease.IsHeld);
    }

    [Fact]
    public async Task By_real_clocks_the_lease_moves_when_the_node_of_its_holder_is_lost_and_is_never_held_twice()
    {
        await using CrlLab lab = await CrlLab.StartAsync(fixture);
        var timeToLive = TimeSpan.FromSeconds(4);
        PublisherLease first = lab.Keep(new PublisherLease(await lab.OpenClusterAsync("publisher", 1), lab.Issuer, "first", timeToLive));
        first.Start();
        await Eventually.HoldsAsync("the first has it", () => first.IsHeld, Token);
        PublisherLease second = lab.Keep(new PublisherLease(await lab.OpenClusterAsync("publisher", 2, 3), lab.Issuer, "second", timeToLive));
        second.Start();
        await Eventually.HoldsAsync("the second looks", () => second.Status == "standby: first holds the lease", Token);

        await lab.Lab.PauseAsync(1, Token); // the cluster stands still until it has left node 1 behind
        await Eventually.HoldsAsync("the second has it", () =>
        {
            Assert.False(second.IsHeld && first.IsHeld);
            return Task.FromResult(second.IsHeld);
        }, TimeSpan.FromSeconds(60), Token);
        await lab.Lab.ResumeAsync(1, Token);
        await Eventually.HoldsAsync("the first sees the second", () =>
        {
            Assert.False(first.IsHeld);
            return Task.FromResult(first.Status == "standby: second holds the lease");
        }, TimeSpan.FromSeconds(60), Token);
    }

    private static async Task<(PublisherLease Lease, ManualTimeProvider Clock)> ContendAsync(CrlLab lab, string name, int node)
    {
        var clock = new ManualTimeProvider();
        return (lab.Keep(new PublisherLease(await lab.OpenClusterAsync("publisher", node), lab.Issuer, name, s_timeToLive, clock)), clock);
    }
}
