namespace PkiCore.Campaigns.IndexChurn;

/// <summary>A moment, and how long the index had been readable as a whole until then.</summary>
/// <param name="At">The moment.</param>
/// <param name="Intact">For how long, in sum, the index was neither missing nor half-written, and this machine was awake.</param>
/// <param name="Breaks">How often it was.</param>
internal readonly record struct Moment(DateTimeOffset At, TimeSpan Intact, int Breaks);

/// <summary>
/// Counts the time during which a reader of the index could see all of it. Whoever asks keeps it going: of a long silence, in which the machine stood still and
/// nobody could read anything, only a little counts. Safe for use from several threads.
/// </summary>
internal sealed class IntactClock(TimeProvider timeProvider)
{
    /// <summary>So much counts of a silence.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private long _countedTo = timeProvider.GetTimestamp();
    private TimeSpan _intact;
    private bool _isBroken;
    private int _breaks;

    public Moment Now
    {
        get
        {
            lock (_lock)
            {
                Count();
                return new Moment(timeProvider.GetUtcNow(), _intact, _breaks);
            }
        }
    }

    public void Break()
    {
        lock (_lock)
        {
            Count();
            _isBroken = true;
            _breaks++;
        }
    }

    public void Mend()
    {
        lock (_lock)
        {
            Count();
            _isBroken = false;
        }
    }

    private void Count()
    {
        long now = timeProvider.GetTimestamp();
        TimeSpan passed = timeProvider.GetElapsedTime(_countedTo, now);
        _countedTo = now;
        _intact += _isBroken ? TimeSpan.Zero : passed < LongestSilence ? passed : LongestSilence;
    }
}
