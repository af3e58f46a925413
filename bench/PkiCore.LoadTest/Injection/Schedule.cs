namespace PkiCore.LoadTest.Injection;

/// <summary>When each request is due: ramp to the rate, inject it to warm up, then keep it and measure. Nothing that happens changes it.</summary>
internal sealed class Schedule
{
    private const double NanosecondsPerSecond = 1e9;

    private readonly double _rate;
    private readonly double _ramp;
    private readonly long _rampCount;

    public Schedule(double rate, TimeSpan ramp, TimeSpan warmUp, TimeSpan duration)
    {
        _rate = rate;
        _ramp = ramp.TotalSeconds;
        _rampCount = (long)Math.Ceiling(rate * _ramp / 2);
        FirstMeasured = _rampCount + (long)Math.Round(rate * warmUp.TotalSeconds);
        Count = FirstMeasured + (long)Math.Round(rate * duration.TotalSeconds);
    }

    /// <summary>The first request that counts.</summary>
    public long FirstMeasured { get; }

    /// <summary>How many requests there are.</summary>
    public long Count { get; }

    /// <summary>How many of them count.</summary>
    public long Measured => Count - FirstMeasured;

    /// <summary>When a request is due, in nanoseconds after the start.</summary>
    public long DueAt(long request)
    {
        // While the rate grows evenly, rate * t^2 / (2 * ramp) requests were due by the time t.
        double seconds = request < _rampCount
            ? Math.Sqrt(2 * _ramp * request / _rate)
            : _ramp + ((request - _rampCount) / _rate);
        return (long)Math.Round(seconds * NanosecondsPerSecond);
    }
}
