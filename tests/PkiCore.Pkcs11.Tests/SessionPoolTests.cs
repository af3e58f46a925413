using System.Collections.Concurrent;
using System.Diagnostics;
using PkiCore.Signing;

namespace PkiCore.Pkcs11.Tests;

/// <summary>The queue for sessions.</summary>
public sealed class SessionPoolTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Live_callers_are_served_before_batch_callers_and_each_in_their_order()
    {
        using var open = await OpenPool.CreateAsync(new Pkcs11Options { MaxSessions = 1 });
        Pkcs11Session session = open.Pool.Rent(SigningPriority.Batch, s_timeout);
        var order = new ConcurrentQueue<string>();
        string[] callers = ["Batch 0", "Batch 1", "Live 2", "Batch 3", "Live 4", "Live 5"];
        var tasks = new List<Task>();
        foreach (string caller in callers)
        {
            tasks.Add(TestToken.RunAsync(() =>
            {
                Pkcs11Session mine = open.Pool.Rent(Enum.Parse<SigningPriority>(caller.Split(' ')[0]), s_timeout);
                order.Enqueue(caller);
                open.Pool.Return(mine, reusable: true);
                return 0;
            }));
            int waiting = tasks.Count;
            await Eventually.HoldsAsync("it waits", () => open.Pool.GetState().Waiting == waiting, TestContext.Current.CancellationToken);
        }

        open.Pool.Return(session, reusable: true);
        await Task.WhenAll(tasks);
        Assert.Equal(["Live 2", "Live 4", "Live 5", "Batch 0", "Batch 1", "Batch 3"], order);
    }

    [Fact]
    public async Task More_callers_than_may_wait_are_refused_at_once_with_the_setting()
    {
        using var open = await OpenPool.CreateAsync(new Pkcs11Options { MaxSessions = 1, MaxWaiters = 2 });
        Pkcs11Session session = open.Pool.Rent(SigningPriority.Live, s_timeout);
        Task<SigningException?>[] waiting = [.. Enumerable.Range(0, 2).Select(_ => TestToken.RunForFaultAsync(() => open.Pool.Return(open.Pool.Rent(SigningPriority.Batch, s_timeout), reusable: true)))];
        await Eventually.HoldsAsync("two wait", () => open.Pool.GetState().Waiting == 2, TestContext.Current.CancellationToken);
        long start = Stopwatch.GetTimestamp();
        SigningException fault = Assert.Throws<SigningException>(() => open.Pool.Rent(SigningPriority.Live, s_timeout));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 10);
        Assert.Contains("MaxWaiters", fault.Message, StringComparison.Ordinal);
        Assert.True(fault is { IsTransient: true, IsOverload: true });
        open.Pool.Return(session, reusable: true);
        Assert.All(await Task.WhenAll(waiting), Assert.Null);
    }

    [Fact]
    public async Task A_caller_that_waits_keeps_its_deadline_and_is_told_the_setting()
    {
        using var open = await OpenPool.CreateAsync(new Pkcs11Options { MaxSessions = 1 });
        Pkcs11Session session = open.Pool.Rent(SigningPriority.Live, s_timeout);
        long start = Stopwatch.GetTimestamp();
        SigningException fault = Assert.Throws<SigningException>(() => open.Pool.Rent(SigningPriority.Live, TimeSpan.FromMilliseconds(300)));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 300, 7500);
        Assert.Contains("MaxSessions", fault.Message, StringComparison.Ordinal);
        Assert.True(fault is { IsTransient: true, IsOverload: true });
        Assert.Equal(0, open.Pool.GetState().Waiting);
        open.Pool.Return(session, reusable: true);
        Assert.Same(session, open.Pool.Rent(SigningPriority.Live, TimeSpan.Zero));
        open.Pool.Return(session, reusable: true);
    }

    [Fact]
    public async Task Idle_sessions_are_closed_but_for_the_last()
    {
        var clock = new ManualTimeProvider();
        using var open = await OpenPool.CreateAsync(new Pkcs11Options { TimeProvider = clock });
        Pkcs11Session[] sessions = [.. Enumerable.Range(0, 5).Select(_ => open.Pool.Rent(SigningPriority.Live, s_timeout))];
        Array.ForEach(sessions, session => open.Pool.Return(session, reusable: true));
        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(5, open.Pool.GetState().Open);
        clock.Advance(TimeSpan.FromSeconds(31));
        await Eventually.HoldsAsync("one is left", () => open.Token.Module.OpenSessions == 1, TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal((1, 4), (open.Token.Module.OpenSessions, open.Token.Module.Calls("C_CloseSession")));
        Assert.Single(open.Opened.FindKeys()); // nobody was logged out
        Assert.Equal(1, open.Token.Module.Calls("C_Login"));
    }

    [Fact]
    public async Task The_last_idle_session_stays_when_all_others_are_stuck()
    {
        var clock = new ManualTimeProvider();
        using var open = await OpenPool.CreateAsync(new Pkcs11Options { TimeProvider = clock });
        clock.Advance(TimeSpan.FromSeconds(1));
        Pkcs11Session stuck = open.Pool.Rent(SigningPriority.Live, s_timeout);
        Pkcs11Session idle = open.Pool.Rent(SigningPriority.Live, s_timeout);
        open.Pool.Return(idle, reusable: true);
        clock.Advance(TimeSpan.FromSeconds(3));
        Assert.NotNull(open.Pool.FindOverdue());
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Same(idle, open.Pool.Rent(SigningPriority.Live, s_timeout));
        open.Pool.Return(idle, reusable: true);
        open.Pool.Return(stuck, reusable: true);
    }

    [Fact]
    public async Task A_session_on_its_way_to_who_waits_is_in_use()
    {
        using var open = await OpenPool.CreateAsync(new Pkcs11Options { MaxSessions = 1 });
        Pkcs11Session session = open.Pool.Rent(SigningPriority.Live, s_timeout);
        for (int round = 0; round < 300; round++)
        {
            Task<Pkcs11Session> waiter = TestToken.RunAsync(() => open.Pool.Rent(SigningPriority.Live, s_timeout));
            Assert.True(SpinWait.SpinUntil(() => open.Pool.GetState().Waiting == 1, s_timeout));
            open.Pool.Return(session, reusable: true);
            Assert.Equal(1, open.Pool.GetState().InUse);
            session = await waiter;
        }

        open.Pool.Return(session, reusable: true);
        Assert.Equal((1, 1), (open.Token.Module.OpenSessions, open.Pool.GetState().Open));
    }

    [Fact]
    public async Task Sessions_never_exceed_the_limit_while_threads_rent_and_return_and_some_fail()
    {
        using var open = await OpenPool.CreateAsync(new Pkcs11Options { MaxSessions = 3 });
        int most = 0;
        var tasks = Enumerable.Range(0, 8).Select(seed => TestToken.RunAsync(() =>
        {
            var random = new Random(seed);
            for (int i = 0; i < 300; i++)
            {
                Pkcs11Session session = open.Pool.Rent((SigningPriority)(i % 2), s_timeout);
                most = Math.Max(most, open.Token.Module.OpenSessions);
                open.Pool.Return(session, reusable: random.Next(4) != 0);
            }

            return 0;
        }));
        await Task.WhenAll(tasks);
        Assert.InRange(most, 1, 3);
        PoolState state = open.Pool.GetState();
        Assert.Equal((0, 0, 0, open.Token.Module.OpenSessions), (state.InUse, state.Waiting, state.Stuck, state.Open));
    }

    private sealed class OpenPool : IDisposable
    {
        private OpenPool(TestToken token, Pkcs11Options options)
        {
            Token = token;
            Opened = Pkcs11Token.Open(token.TokenUri, options);
        }

        public TestToken Token { get; }

        public Pkcs11Token Opened { get; }

        public Pkcs11SessionPool Pool => Opened.Connection.Pool;

        public static async Task<OpenPool> CreateAsync(Pkcs11Options options) => new(await TestToken.CreateAsync(), options);

        public void Dispose()
        {
            Opened.Dispose();
            Token.Dispose();
        }
    }
}
