using PkiCore.Galera.Cluster;

namespace PkiCore.Galera.Tests.Cluster;

/// <summary>Round trips, clocks and penalties.</summary>
public sealed class MeasurementTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void Round_trip_is_not_known_before_it_is_measured()
    {
        var roundTrip = new RoundTrip();
        Assert.Null(roundTrip.Smoothed);
        roundTrip.Add(TimeSpan.FromMilliseconds(3));
        Assert.Equal(TimeSpan.FromMilliseconds(3), roundTrip.Smoothed);
    }

    [Fact]
    public void One_slow_answer_does_not_change_the_round_trip()
    {
        RoundTrip roundTrip = Measured(Enumerable.Repeat(2.0, 10));
        roundTrip.Add(TimeSpan.FromSeconds(1));
        roundTrip.Add(TimeSpan.FromMilliseconds(2));
        roundTrip.Add(TimeSpan.FromMilliseconds(2));
        Assert.Equal(2, roundTrip.Smoothed!.Value.TotalMilliseconds, 0.001);
    }

    [Fact]
    public void Round_trip_follows_a_lasting_change()
    {
        RoundTrip roundTrip = Measured(Enumerable.Repeat(2.0, 10).Concat(Enumerable.Repeat(42.0, 6)));
        Assert.InRange(roundTrip.Smoothed!.Value.TotalMilliseconds, 15, 40);
        for (int i = 0; i < 30; i++)
        {
            roundTrip.Add(TimeSpan.FromMilliseconds(42));
        }

        Assert.Equal(42, roundTrip.Smoothed!.Value.TotalMilliseconds, 1.0);
    }

    [Fact]
    public void First_answer_is_soon_forgotten() =>
        Assert.Equal(TimeSpan.FromMilliseconds(2), Measured([100.0, 2]).Smoothed);

    [Fact]
    public void Variation_is_that_of_the_round_trip()
    {
        Assert.InRange(Measured(Enumerable.Repeat(5.0, 40)).Variation.TotalMilliseconds, 0, 0.01);
        Assert.InRange(Measured(Enumerable.Range(0, 40).Select(i => (i / 3 % 2 * 4) + 4.0)).Variation.TotalMilliseconds, 1, 4);
    }

    [Fact]
    public void Clock_is_compared_in_the_middle_of_the_round_trip()
    {
        var offset = new ClockOffset(_clock);
        Assert.Null(offset.Now);
        long asked = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromMilliseconds(10));
        offset.Add(_clock.GetUtcNow() - TimeSpan.FromMilliseconds(5) + TimeSpan.FromSeconds(3), asked, TimeSpan.FromMilliseconds(10));
        Assert.Equal(TimeSpan.FromSeconds(3), offset.Now);
    }

    [Fact]
    public void Clock_is_that_of_the_shortest_round_trip_among_the_last()
    {
        var offset = new ClockOffset(_clock);
        Add(offset, TimeSpan.FromMilliseconds(-40), milliseconds: 90);
        Add(offset, TimeSpan.FromMilliseconds(1), milliseconds: 2);
        Add(offset, TimeSpan.FromMilliseconds(30), milliseconds: 70);
        Assert.Equal(TimeSpan.FromMilliseconds(1), offset.Now);
        for (int i = 0; i < 8; i++)
        {
            Add(offset, TimeSpan.FromMilliseconds(30), milliseconds: 70);
        }

        Assert.Equal(TimeSpan.FromMilliseconds(30), offset.Now);
    }

    [Fact]
    public void Step_of_our_own_clock_shows_at_once()
    {
        var offset = new ClockOffset(_clock);
        Add(offset, TimeSpan.Zero, milliseconds: 2);
        _clock.StepUtcNow(_clock.GetUtcNow() + TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.FromHours(-1), offset.Now);
    }

    [Fact]
    public void Penalty_doubles_up_to_a_minute_and_is_forgotten_after_a_while()
    {
        var penalty = new Penalty(_clock);
        Assert.False(penalty.IsActive);
        foreach (int seconds in new[] { 2, 4, 8, 16, 32, 60, 60 })
        {
            penalty.Begin();
            Assert.Equal(TimeSpan.FromSeconds(seconds), penalty.Left);
            _clock.Advance(TimeSpan.FromSeconds(seconds));
            Assert.False(penalty.IsActive);
        }

        _clock.Advance(TimeSpan.FromSeconds(61));
        penalty.Begin();
        Assert.Equal(TimeSpan.FromSeconds(2), penalty.Left);
    }

    [Fact]
    public void Penalty_counts_from_the_end_of_the_failure()
    {
        var penalty = new Penalty(_clock);
        penalty.Begin();
        _clock.Advance(TimeSpan.FromSeconds(30));
        penalty.Prolong();
        Assert.Equal(TimeSpan.FromSeconds(2), penalty.Left);
    }

    private static RoundTrip Measured(IEnumerable<double> milliseconds)
    {
        var roundTrip = new RoundTrip();
        foreach (double value in milliseconds)
        {
            roundTrip.Add(TimeSpan.FromMilliseconds(value));
        }

        return roundTrip;
    }

    private void Add(ClockOffset offset, TimeSpan ahead, double milliseconds)
    {
        TimeSpan roundTrip = TimeSpan.FromMilliseconds(milliseconds);
        offset.Add(_clock.GetUtcNow() + ahead + (roundTrip / 2), _clock.GetTimestamp(), roundTrip);
    }
}
