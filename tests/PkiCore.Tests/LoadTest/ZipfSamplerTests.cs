using PkiCore.LoadTest.Injection;

namespace PkiCore.Tests.LoadTest;

public sealed class ZipfSamplerTests
{
    private const int Draws = 200_000;

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(1.000_000_01)]
    [InlineData(1.5)]
    [InlineData(3)]
    public void Ranks_are_drawn_as_often_as_the_law_says(double exponent)
    {
        const int Count = 20;
        double sum = Enumerable.Range(1, Count).Sum(rank => Math.Pow(rank, -exponent));
        int[] drawn = new int[Count];
        foreach (int rank in Draw(Count, exponent, seed: 42))
        {
            drawn[rank]++;
        }

        for (int rank = 0; rank < Count; rank++)
        {
            double expected = Draws * Math.Pow(rank + 1, -exponent) / sum;
            double deviation = Math.Sqrt(expected);
            Assert.InRange(drawn[rank], expected - (5 * deviation), expected + (5 * deviation));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Large_sets_are_drawn_from_to_both_ends(double exponent)
    {
        const int Count = 10_000_000;
        int[] ranks = [.. Draw(Count, exponent, seed: 3)];

        Assert.InRange(ranks.Min(), 0, 500);
        Assert.InRange(ranks.Max(), (int)(0.99 * Count), Count - 1);
    }

    [Fact]
    public void Only_one_certificate_is_always_drawn() => Assert.All(Draw(1, 1, seed: 1).Take(1000), rank => Assert.Equal(0, rank));

    [Fact]
    public void Same_seed_draws_the_same_and_another_seed_something_else()
    {
        int[] first = [.. Draw(1000, 0.9, seed: 7)];

        Assert.Equal(first, Draw(1000, 0.9, seed: 7));
        Assert.NotEqual(first, Draw(1000, 0.9, seed: 8));
    }

    /// <summary>As the senders do: a new stream of random numbers for each request.</summary>
    private static IEnumerable<int> Draw(int count, double exponent, ulong seed)
    {
        var sampler = new ZipfSampler(count, exponent);
        for (ulong request = 0; request < Draws; request++)
        {
            var random = new SplitMix64(seed, request);
            yield return sampler.Next(ref random);
        }
    }
}
