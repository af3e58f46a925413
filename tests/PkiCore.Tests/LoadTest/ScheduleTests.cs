using PkiCore.LoadTest.Injection;

namespace PkiCore.Tests.LoadTest;

public sealed class ScheduleTests
{
    [Fact]
    public void Requests_are_due_at_even_distances()
    {
        var schedule = new Schedule(rate: 250, TimeSpan.Zero, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10));

        Assert.Equal((500L, 2500L), (schedule.FirstMeasured, schedule.Measured));
        Assert.All(Enumerable.Range(0, 3000), i => Assert.Equal(i * 4_000_000L, schedule.DueAt(i)));
    }

    [Fact]
    public void A_week_of_requests_drifts_by_less_than_a_microsecond()
    {
        var schedule = new Schedule(rate: 3, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(7));

        Assert.InRange(schedule.DueAt(3L * 7 * 86_400), (7L * 86_400 * 1_000_000_000) - 1000, (7L * 86_400 * 1_000_000_000) + 1000);
    }

    [Fact]
    public void Ramp_grows_evenly_to_the_rate_and_is_not_measured()
    {
        var schedule = new Schedule(rate: 1000, TimeSpan.FromSeconds(4), TimeSpan.Zero, TimeSpan.FromSeconds(1));

        Assert.Equal((2000L, 1000L), (schedule.FirstMeasured, schedule.Measured));
        Assert.InRange(CountBefore(1), 125, 126); // 1000 * t^2 / 8
        Assert.InRange(CountBefore(2), 500, 501);
        Assert.Equal(4_000_000_000, schedule.DueAt(2000));
        Assert.All(Enumerable.Range(0, 2999), i => Assert.True(schedule.DueAt(i) < schedule.DueAt(i + 1)));

        int CountBefore(int second) => Enumerable.Range(0, 3000).Count(i => schedule.DueAt(i) < second * 1_000_000_000L);
    }
}
