using PkiCore.AspNetCore;

namespace PkiCore.Tests.AspNetCore;

public sealed class CacheControlTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(3600, 90000, 180000, 3600)] // the cap
    [InlineData(3600, 1000, 180000, 1000)] // the next answer
    [InlineData(3600, 90000, 1000, 999)] // nextUpdate, less a second
    [InlineData(3600, 0, 1000, 0)]
    [InlineData(3600, -50, 1000, 0)] // the refresh is late
    [InlineData(3600, 1000, 1, 0)]
    [InlineData(3600, 1000, 0, 0)]
    [InlineData(3600, 1000, -1000, 0)] // the answer has expired
    [InlineData(0, 1000, 1000, 0)]
    [InlineData(86400, 10000000, 10000000, 86400)]
    [Requirement("HC-1", "HC-5", "T-17")]
    public void Shortest_of_cap_refresh_and_expiry_counts(int cap, int refresh, int expiry, int expected) => Assert.Equal(
        $"max-age={expected}, public, no-transform, must-revalidate",
        CacheControl.For(TimeSpan.FromSeconds(cap), TimeSpan.FromSeconds(refresh), TimeSpan.FromSeconds(expiry)));

    [Fact]
    [Requirement("T-17")]
    public void Fractions_of_a_second_are_cut_off() =>
        Assert.StartsWith("max-age=9,", CacheControl.For(s_hour, TimeSpan.FromSeconds(9.999), s_hour), StringComparison.Ordinal);

    [Fact]
    [Requirement("T-17")]
    public void Extreme_times_do_not_overflow()
    {
        Assert.StartsWith("max-age=0,", CacheControl.For(s_hour, TimeSpan.MinValue, TimeSpan.MaxValue), StringComparison.Ordinal);
        Assert.StartsWith("max-age=3600,", CacheControl.For(s_hour, TimeSpan.MaxValue, TimeSpan.MaxValue), StringComparison.Ordinal);
        Assert.StartsWith("max-age=0,", CacheControl.For(s_hour, s_hour, TimeSpan.MinValue + TimeSpan.FromSeconds(1)), StringComparison.Ordinal);
    }

    [Fact]
    public void Value_of_a_number_of_seconds_is_made_once() => Assert.Same(CacheControl.For(s_hour, s_hour, s_hour * 2), CacheControl.For(s_hour, s_hour * 2, s_hour * 3));
}
