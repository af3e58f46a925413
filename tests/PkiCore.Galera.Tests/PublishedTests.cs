namespace PkiCore.Galera.Tests;

public sealed class PublishedTests
{
    [Fact]
    public async Task Who_knows_an_earlier_value_does_not_wait()
    {
        var published = new Published<string>("a");
        string known = published.Value;
        published.Set("b");
        await published.WaitForOtherAsync(known, TestContext.Current.CancellationToken);
        Assert.Equal("b", published.Value);
    }

    [Fact]
    public async Task Who_knows_the_latest_value_waits_for_the_next()
    {
        var published = new Published<string>("a");
        Task waiting = published.WaitForOtherAsync(published.Value, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        published.Set("b");
        await waiting;
        Assert.Equal("b", published.Value);
    }
}
