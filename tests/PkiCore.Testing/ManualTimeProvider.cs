namespace PkiCore.Testing;

/// <summary>A clock that moves only when a test moves it. Timers fire inside Advance, on the calling thread, in order of due time.</summary>
/// <remarks>
/// While a callback runs, the clock shows the time at which that timer was due, so a chain of timers sees exact times.
/// A timer due at once (dueTime zero) fires at the next Advance, which may be Advance(TimeSpan.Zero).
/// Advance may be called from any thread, one call at a time; a callback may create, change and dispose timers.
/// </remarks>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly Lock _advancing = new();
    private readonly List<ManualTimer> _scheduled = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiters = [];
    private DateTimeOffset _utcNow;
    private long _elapsed; // monotonic, in ticks of 100 ns
    private long _order;

    public ManualTimeProvider()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    public ManualTimeProvider(DateTimeOffset start) => _utcNow = start.ToUniversalTime();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How many timers are waiting to fire.</summary>
    public int PendingTimers
    {
        get
        {
            lock (_lock)
            {
                return _scheduled.Count;
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _utcNow;
        }
    }

    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _elapsed;
        }
    }

    /// <summary>Moves the clock forward and fires every timer that becomes due on the way.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        lock (_advancing)
        {
            long end = GetTimestamp() + by.Ticks;
            while (TakeDue(end) is { } timer)
            {
                timer.Fire();
            }

            lock (_lock)
            {
                MoveTo(Math.Max(end, _elapsed)); // a callback that called Advance may have gone further
            }
        }
    }

    /// <summary>Moves the clock forward to a time, like Advance.</summary>
    public void SetUtcNow(DateTimeOffset value) => Advance(value - GetUtcNow());

    /// <summary>Sets the wall clock alone, forward or back, as a time correction does: timestamps and timers do not notice.</summary>
    public void StepUtcNow(DateTimeOffset value)
    {
        lock (_lock)
        {
            _utcNow = value.ToUniversalTime();
        }
    }

    /// <summary>Completes when at least this many timers wait: the code under test has reached its delay, so Advance is not too early.</summary>
    public Task WaitForTimersAsync(int count, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_scheduled.Count >= count)
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((count, reached));
            return reached.Task.WaitAsync(cancellationToken);
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Takes the timer that is due first, not later than <paramref name="end"/>, and moves the clock to its due time.</summary>
    private ManualTimer? TakeDue(long end)
    {
        lock (_lock)
        {
            ManualTimer? first = _scheduled.MinBy(timer => (timer.Due, timer.Order));
            if (first is null || first.Due > end)
            {
                return null;
            }

            MoveTo(Math.Max(first.Due, _elapsed));
            _scheduled.Remove(first);
            if (first.Period > 0)
            {
                Schedule(first, first.Due + first.Period);
            }

            return first;
        }
    }

    private void MoveTo(long elapsed)
    {
        _utcNow = _utcNow.AddTicks(elapsed - _elapsed);
        _elapsed = elapsed;
    }

    private void Schedule(ManualTimer timer, long due)
    {
        timer.Due = due;
        timer.Order = _order++;
        _scheduled.Add(timer);
        foreach ((_, TaskCompletionSource reached) in _waiters.Where(waiter => waiter.Count <= _scheduled.Count))
        {
            reached.TrySetResult();
        }

        _waiters.RemoveAll(waiter => waiter.Reached.Task.IsCompleted);
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private bool _disposed;

        public long Due { get; set; }

        public long Order { get; set; }

        public long Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, Timeout.InfiniteTimeSpan);
            ArgumentOutOfRangeException.ThrowIfLessThan(period, Timeout.InfiniteTimeSpan);
            lock (clock._lock)
            {
                if (_disposed)
                {
                    return false;
                }

                clock._scheduled.Remove(this);
                Period = period.Ticks; // zero and infinite (negative) both mean: once
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    clock.Schedule(this, clock._elapsed + dueTime.Ticks);
                }

                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._lock)
            {
                _disposed = true;
                clock._scheduled.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
