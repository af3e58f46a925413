namespace PkiCore.Signing;

/// <summary>
/// One signer of a <see cref="FailoverSigner"/>, and whether it is in use: the circuit breaker. While it is out, it is probed on threads of its own,
/// so that no request pays for it. Safe for use from several threads.
/// </summary>
internal sealed class FailoverMember : IDisposable
{
    private const int FailuresToBeOut = 3;
    private const int MaxHungProbes = 4;

    private static readonly TimeSpan s_firstProbe = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_longestBackOff = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly Action<FailoverMember, string?> _changed;
    private readonly CallsInFlight _calls;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private volatile string? _outBecause;
    private volatile string? _lastFault;
    private volatile bool _isSlowOnly;
    private TimeSpan _backOff;
    private long _backSince = long.MinValue;
    private int _failures;
    private int _probes;
    private bool _disposed;

    /// <param name="signer">The signer; the member does not own it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="changed">Told when the member is taken out (with the reason) or comes back.</param>
    public FailoverMember(ISigner signer, TimeProvider time, Action<FailoverMember, string?> changed)
    {
        Signer = signer;
        _time = time;
        _changed = changed;
        _calls = new CallsInFlight(Math.Clamp(2 * signer.Parallelism, 8, 1024));
        _timer = time.CreateTimer(_ => StartProbe(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public ISigner Signer { get; }

    /// <summary>A call that takes longer is a failure, as long as there is somebody else. Less than half of the time that a request waits for its signature.</summary>
    public static TimeSpan SlowAfter { get; } = TimeSpan.FromMilliseconds(500);

    public string Name => Signer.ToString() ?? "";

    /// <summary>Why the member is out; <see langword="null"/> while it is in.</summary>
    public string? OutBecause => _outBecause;

    /// <summary>Whether it is out for nothing but that calls took long: better than nothing.</summary>
    public bool IsSlowOnly => _isSlowOnly;

    /// <summary>What is known of it, for people.</summary>
    public string Description => $"{Name}: {_outBecause ?? Signer.Problem ?? _lastFault ?? "in use"}";

    public CallsInFlight Calls => _calls;

    /// <summary>Whether a call has been under way for so long that it may never end.</summary>
    public bool IsOverdue(long now)
    {
        long oldest = Signer is IDeviceSigner device ? now - (long)(device.LongestCall.TotalSeconds * _time.TimestampFrequency)
            : _calls.Count > 0 ? _calls.FindOldest()
            : long.MaxValue;
        return oldest < now && _time.GetElapsedTime(oldest, now) >= SlowAfter && !IsPast(oldest);
    }

    /// <summary>Whether a call that ended well took too long. Of a device that is not known: callers may have waited for it.</summary>
    public bool WasSlow(long began) => Signer is not IDeviceSigner && _time.GetElapsedTime(began) >= SlowAfter;

    /// <summary>Whether a call began before the member was taken out and came back: how it ends says nothing of now.</summary>
    public bool IsPast(long began) => began < Volatile.Read(ref _backSince);

    public void Succeeded()
    {
        if (Volatile.Read(ref _failures) != 0)
        {
            Volatile.Write(ref _failures, 0);
        }

        if (_lastFault is not null)
        {
            _lastFault = null;
        }
    }

    /// <summary>Counts a failure, and takes the member out if there were several in a row or no other call can do better.</summary>
    public void Failed(SigningException fault)
    {
        _lastFault = fault.Message;
        _isSlowOnly &= fault.IsOverload;
        if (!fault.IsOverload && (Interlocked.Increment(ref _failures) >= FailuresToBeOut || !fault.IsTransient))
        {
            TakeOut(fault.Message);
        }
    }

    /// <param name="reason">Why.</param>
    /// <param name="isSlowOnly">Whether its calls take long, but end well.</param>
    public void TakeOut(string reason, bool isSlowOnly = false)
    {
        lock (_lock)
        {
            if (_outBecause is not null || _disposed)
            {
                return;
            }

            _outBecause = reason;
            _isSlowOnly = isSlowOnly;
            _calls.Forget();
            _backOff = s_firstProbe;
            _timer.Change(_backOff, Timeout.InfiniteTimeSpan);
        }

        _changed(this, reason);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
        }

        _timer.Dispose();
    }

    private void StartProbe()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            // A probe that hangs does not keep others from being made, but for a few.
            _backOff = _backOff * 2 < s_longestBackOff ? _backOff * 2 : s_longestBackOff;
            _timer.Change(_backOff, Timeout.InfiniteTimeSpan);
            if (_probes >= MaxHungProbes)
            {
                return;
            }

            _probes += BackgroundThread.TryStart("PkiCore failover probe", Probe) ? 1 : 0;
        }
    }

    private void Probe()
    {
        bool isWell = false;
        try
        {
            long start = _time.GetTimestamp();
            isWell = SignerCheck.Passes(Signer, SlowAfter) && _time.GetElapsedTime(start) < SlowAfter;
        }
#pragma warning disable CA1031 // Do not catch general exception types: a signer is foreign code, and its faults must not end the process
        catch (Exception)
#pragma warning restore CA1031
        {
            // It stays out.
        }

        lock (_lock)
        {
            _probes--;
            if (!isWell || _disposed || _outBecause is null)
            {
                return;
            }

            Volatile.Write(ref _backSince, _time.GetTimestamp());
            _outBecause = null;
            _isSlowOnly = false;
            Succeeded();
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        _changed(this, null);
    }
}
