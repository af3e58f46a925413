using PkiCore.AspNetCore;

namespace PkiCore.Tests.AspNetCore;

public sealed class SocketThreadTests
{
    private const int Many = 1000;

    [Fact]
    public void Connection_that_asks_again_and_again_has_had_its_turn_after_a_while()
    {
        var connection = new object();

        Assert.InRange(OnOwnThread(() => Enumerable.Range(0, Many).Count(_ => SocketThread.IsKeptBy(connection))), Many / 100, Many / 10);
    }

    [Fact]
    public void Connections_that_take_turns_are_left_alone()
    {
        object[] connections = [new(), new()];

        Assert.Equal(0, OnOwnThread(() => Enumerable.Range(0, Many).Count(i => SocketThread.IsKeptBy(connections[i % 2]))));
    }

    [Fact]
    public async Task In_the_pool_too()
    {
        var connection = new object();

        Assert.InRange(
            await Task.Run(() => Enumerable.Range(0, Many).Count(_ => SocketThread.IsKeptBy(connection)), TestContext.Current.CancellationToken), Many / 100, Many / 10);
    }

    [Fact]
    public async Task Leaving_goes_on_in_the_pool()
    {
        Task<bool> left = OnOwnThread(async () =>
        {
            await SocketThread.Leave();
            return Thread.CurrentThread.IsThreadPoolThread;
        });

        Assert.True(await left);
    }

    private static T OnOwnThread<T>(Func<T> run)
    {
        T result = default!;
        var thread = new Thread(() => result = run());
        thread.Start();
        thread.Join();
        return result;
    }
}
