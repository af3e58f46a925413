namespace PkiCore.Tests.Helpers;

public sealed class ManualTimeProviderTests
{
    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ManualTimeProvider _clock = new(s_start);
    private readonly List<string> _fired = [];

    [Fact]
    public void Clock_moves_only_when_told()
    {
        long before = _clock.GetTimestamp();
        Assert.Equal(s_start, _clock.GetUtcNow());

        _clock.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal(s_start.AddSeconds(90), _clock.GetUtcNow());
        Assert.Equal(TimeSpan.FromSeconds(90), _clock.GetElapsedTime(before));

        _clock.SetUtcNow(s_start.AddHours(1));
        Assert.Equal(TimeSpan.FromHours(1), _clock.GetElapsedTime(before));
        Assert.Throws<ArgumentOutOfRangeException>(() => _clock.SetUtcNow(s_start));
    }

    [Fact]
    public void Step_moves_the_wall_clock_alone()
    {
        using ITimer timer = Start("a", 10);
        _clock.StepUtcNow(s_start.AddHours(-1));

        Assert.Equal((s_start.AddHours(-1), 0), (_clock.GetUtcNow(), _clock.GetTimestamp()));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Single(_fired);
    }

    [Fact]
    public void Timers_fire_in_order_of_due_time_at_their_time()
    {
        using ITimer late = Start("late", 20);
        using ITimer early = Start("early", 10);
        using ITimer periodic = Start("periodic", 5, 10);

        _clock.Advance(TimeSpan.FromSeconds(25));

        Assert.Equal(["periodic@5", "early@10", "periodic@15", "late@20", "periodic@25"], _fired);
        Assert.Equal(s_start.AddSeconds(25), _clock.GetUtcNow());
    }

    [Fact]
    public void Timer_due_at_once_waits_for_the_next_advance()
    {
        using ITimer timer = Start("now", 0);
        Assert.Empty(_fired);
        _clock.Advance(TimeSpan.Zero);
        Assert.Equal(["now@0"], _fired);
    }

    [Fact]
    public void Changed_and_disposed_timers_keep_to_the_new_plan()
    {
        ITimer gone = Start("gone", 5);
        using ITimer moved = Start("moved", 5);
        gone.Dispose();
        Assert.False(gone.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan));
        Assert.True(moved.Change(TimeSpan.FromSeconds(30), Timeout.InfiniteTimeSpan));

        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Empty(_fired);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["moved@30"], _fired);
        Assert.Equal(0, _clock.PendingTimers);
    }

    [Fact]
    public void Callback_may_start_a_timer_that_is_due_in_the_same_advance()
    {
        ITimer? second = null;
        using ITimer first = _clock.CreateTimer(_ => second = Start("second", 5), null, TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);

        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["second@10"], _fired);
        second!.Dispose();
    }

    [Fact]
    public async Task Delay_ends_when_the_clock_gets_there()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        Task delay = Task.Run(() => Task.Delay(TimeSpan.FromMinutes(5), _clock, cancellationToken), cancellationToken);
        await _clock.WaitForTimersAsync(1, cancellationToken);

        _clock.Advance(TimeSpan.FromMinutes(4));
        Assert.False(delay.IsCompleted);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await delay.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
    }

    private ITimer Start(string name, int dueSeconds, int periodSeconds = 0) => _clock.CreateTimer(
        _ => _fired.Add($"{name}@{(_clock.GetUtcNow() - s_start).TotalSeconds}"),
        null,
        TimeSpan.FromSeconds(dueSeconds),
        TimeSpan.FromSeconds(periodSeconds));
}
