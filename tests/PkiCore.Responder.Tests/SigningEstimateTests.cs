using PkiCore.Responder.Hosting;

namespace PkiCore.Responder.Tests;

/// <summary>What is said of the first signing while it lasts.</summary>
public sealed class SigningEstimateTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void Rate_and_rest_follow_the_last_half_minute()
    {
        var estimate = new SigningEstimate(10_000_000, 10_000_000, _clock);
        Assert.Equal((0, "nothing is signed at the moment"), (estimate.Rate, estimate.DescribeRest()));

        for (int second = 1; second <= 60; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            estimate.Update(10_000_000, 10_000_000 - (second * 50_000));
        }

        Assert.Equal((50_000, 3_000_000, "2 min left"), (estimate.Rate, estimate.Signed, estimate.DescribeRest()));
        for (int second = 0; second < 40; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            estimate.Update(10_000_000, 7_000_000);
        }

        Assert.Equal((0, "nothing is signed at the moment"), (estimate.Rate, estimate.DescribeRest()));
        Assert.Equal(TimeSpan.FromSeconds(100), estimate.Elapsed);
    }

    [Theory]
    [InlineData(100, "1 s left")]
    [InlineData(5_900, "59 s left")]
    [InlineData(60_000, "10 min left")]
    [InlineData(1_080_000, "3.0 h left")]
    public void Rest_is_told_in_a_unit_that_fits(int waiting, string expected)
    {
        var estimate = new SigningEstimate(waiting + 100, waiting + 100, _clock);
        _clock.Advance(TimeSpan.FromSeconds(1));
        estimate.Update(waiting + 100, waiting);
        Assert.Equal(expected, estimate.DescribeRest());
    }

    [Fact]
    public void A_line_is_due_after_10_seconds_or_another_tenth()
    {
        var estimate = new SigningEstimate(1000, 1000, _clock);
        Assert.False(estimate.IsWorthALine());
        estimate.Update(1000, 901);
        Assert.False(estimate.IsWorthALine());
        estimate.Update(1000, 900);
        Assert.True(estimate.IsWorthALine());
        Assert.False(estimate.IsWorthALine());
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.True(estimate.IsWorthALine());
        Assert.False(estimate.IsWorthALine());
    }
}
