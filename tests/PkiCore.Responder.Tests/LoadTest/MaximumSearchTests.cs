using PkiCore.LoadTest.Scenarios;

namespace PkiCore.Responder.Tests.LoadTest;

public sealed class MaximumSearchTests
{
    [Theory]
    [InlineData(251)]
    [InlineData(900)]
    [InlineData(4_000)]
    [InlineData(37_123)]
    [InlineData(512_000)]
    public void Maximum_is_a_good_rate_within_five_percent(double limit)
    {
        double found = MaximumSearch.Find(rate => rate <= limit);

        Assert.InRange(found, limit / 1.05, limit);
    }

    [Fact]
    public void One_failure_is_an_accident()
    {
        int tries = 0;

        double found = MaximumSearch.Find(rate => tries++ % 2 == 1 && rate <= 20_000);

        Assert.InRange(found, 19_000, 20_000);
    }

    [Fact]
    public void Nothing_is_found_where_nothing_is_good() => Assert.Equal(0, MaximumSearch.Find(_ => false));
}
