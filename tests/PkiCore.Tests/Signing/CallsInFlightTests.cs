using PkiCore.Signing;

namespace PkiCore.Tests.Signing;

public sealed class CallsInFlightTests
{
    [Fact]
    public void The_oldest_call_is_found_until_it_ends()
    {
        var calls = new CallsInFlight(8);
        Assert.Equal(long.MaxValue, calls.FindOldest());
        int first = calls.Begin(10);
        int second = calls.Begin(20);
        Assert.Equal((2, 10), (calls.Count, calls.FindOldest()));
        calls.End(first, 10);
        Assert.Equal((1, 20), (calls.Count, calls.FindOldest()));
        calls.End(second, 20);
        Assert.Equal((0, long.MaxValue), (calls.Count, calls.FindOldest()));
    }

    [Fact]
    public void A_call_that_began_when_the_clock_showed_0_is_seen()
    {
        var calls = new CallsInFlight(1);
        int place = calls.Begin(0);
        Assert.NotEqual(long.MaxValue, calls.FindOldest());
        Assert.Equal(-1, calls.Begin(0));
        calls.End(place, 0);
        Assert.Equal(long.MaxValue, calls.FindOldest());
    }

    [Fact]
    public void Calls_beyond_the_places_are_counted_only()
    {
        var calls = new CallsInFlight(2);
        int[] places = [calls.Begin(1), calls.Begin(2), calls.Begin(3)];
        Assert.Contains(-1, places);
        Assert.Equal(3, calls.Count);
        calls.End(-1, 3);
        Assert.Equal((2, 1), (calls.Count, calls.FindOldest()));
    }

    [Fact]
    public void A_forgotten_call_does_not_free_the_place_of_another()
    {
        var calls = new CallsInFlight(1);
        int forgotten = calls.Begin(1);
        calls.Forget();
        Assert.Equal(long.MaxValue, calls.FindOldest());
        int place = calls.Begin(2);
        calls.End(forgotten, 1);
        Assert.Equal((1, 2), (calls.Count, calls.FindOldest()));
        calls.End(place, 2);
        Assert.Equal(0, calls.Count);
    }
}
