using PkiCore.LoadTest.Injection;

namespace PkiCore.Tests.LoadTest;

public sealed class LatencyHistogramTests
{
    private const long Minute = 60_000_000_000;

    [Fact]
    public void A_time_is_reported_at_most_one_percent_too_high_and_never_too_low()
    {
        IEnumerable<long> times = Enumerable.Range(0, 5000).Select(i => (long)Math.Pow(1.005, i)).Concat([0, 127, 128, 255, 256, 257, Minute]);
        Assert.All(times.Where(time => time <= Minute), time =>
        {
            var histogram = new LatencyHistogram();
            histogram.Record(time);
            histogram.Record(2 * Minute); // or the maximum would be the answer
            Assert.InRange(histogram.Percentile(50), time, time + (time / 100));
        });
    }

    [Fact]
    public void Percentiles_of_a_thousand_even_steps_are_those_steps()
    {
        var histogram = new LatencyHistogram();
        for (long i = 1000; i >= 1; i--)
        {
            histogram.Record(i * 1000);
        }

        Assert.InRange(histogram.Percentile(50), 500_000, 505_000);
        Assert.InRange(histogram.Percentile(99.9), 999_000, 1_009_000);
        Assert.Equal(1_000_000, histogram.Percentile(100));
        Assert.InRange(histogram.CountFrom(900_000), 101, 110);
    }

    [Fact]
    public void Maximum_is_exact_and_reported_for_every_percentile_above_its_bucket()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(1_234_567);

        Assert.Equal(1_234_567, histogram.Max);
        Assert.Equal(1_234_567, histogram.Percentile(50));
    }

    [Fact]
    public void Longer_times_than_fit_count_as_the_longest_and_keep_their_maximum()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(long.MaxValue);
        histogram.Record(-1);

        Assert.Equal(2, histogram.Count);
        Assert.Equal(0, histogram.Percentile(50));
        Assert.InRange(histogram.Percentile(100), Minute, long.MaxValue);
        Assert.Equal(long.MaxValue, histogram.Max);
    }

    [Fact]
    public void Sum_of_two_is_as_if_one_had_recorded_all()
    {
        var one = new LatencyHistogram();
        var other = new LatencyHistogram();
        var all = new LatencyHistogram();
        for (int i = 1; i <= 500; i++)
        {
            (i % 3 == 0 ? one : other).Record(i * 7919);
            all.Record(i * 7919);
        }

        one.Add(other);

        Assert.Equal(all.Count, one.Count);
        Assert.Equal(all.Max, one.Max);
        Assert.All([1.0, 50, 75, 99, 99.9], percent => Assert.Equal(all.Percentile(percent), one.Percentile(percent)));
    }

    [Fact]
    public void Empty_histogram_says_zero() => Assert.Equal((0L, 0L), (new LatencyHistogram().Percentile(99), new LatencyHistogram().Max));
}
