namespace PkiCore.Serving;

/// <summary>
/// A token bucket that holds what is let through in one second. It is kept as one number, the time at which the bucket is full again, and goes by
/// timestamps, so a clock that is set back neither empties nor fills it. Its owner calls it under a lock.
/// </summary>
/// <param name="perSecond">How many are let through in a second on average, and at most at once; <see langword="null"/>: all.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class RateLimit(int? perSecond, TimeProvider timeProvider)
{
    private readonly long _cost = timeProvider.TimestampFrequency / perSecond ?? 0; // of one, in time
    private long _fullAt = timeProvider.GetTimestamp();

    /// <summary>Lets one through if the rate allows it.</summary>
    public bool TryPass()
    {
        if (perSecond is null)
        {
            return true;
        }

        long now = timeProvider.GetTimestamp();
        long next = Math.Max(_fullAt, now) + _cost;
        if (next - now > timeProvider.TimestampFrequency)
        {
            return false;
        }

        _fullAt = next;
        return true;
    }
}
