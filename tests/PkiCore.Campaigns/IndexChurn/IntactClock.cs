namespace PkiCore.Campaigns.IndexChurn;

/// <summary>A moment, and how long the index had been readable as a whole until then.</summary>
/// <param name="At">The moment.</param>
/// <param name="Intact">For how long, in sum, the index was neither missing nor half-written.</param>
/// <param name="Breaks">How often it was.</param>
internal readonly record struct Moment(DateTimeOffset At, TimeSpan Intact, int Breaks);

/// <summary>Counts the time during which a reader of the index could see all of it. Safe for use from several threads.</summary>
internal sealed class IntactClock(TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _intactSince = timeProvider.GetUtcNow();
    private TimeSpan _intactBefore;
    private bool _isBroken;
    private int _breaks;

    public Moment Now
    {
        get
        {
            lock (_lock)
            {
                DateTimeOffset now = timeProvider.GetUtcNow();
                return new Moment(now, _isBroken ? _intactBefore : _intactBefore + (now - _intactSince), _breaks);
            }
        }
    }

    public void Break()
    {
        lock (_lock)
        {
            _intactBefore += timeProvider.GetUtcNow() - _intactSince;
            _isBroken = true;
            _breaks++;
        }
    }

    public void Mend()
    {
        lock (_lock)
        {
            _intactSince = timeProvider.GetUtcNow();
            _isBroken = false;
        }
    }
}
