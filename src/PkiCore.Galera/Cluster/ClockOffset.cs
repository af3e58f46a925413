namespace PkiCore.Galera.Cluster;

/// <summary>
/// By how much a node's clock is ahead of ours. Of the last few measurements the one with the shortest round trip counts: its error is half of that at most.
/// A measurement keeps the node's time and a moment of our monotonic clock, so that a step of our own clock shows at once.
/// </summary>
internal sealed class ClockOffset(TimeProvider timeProvider)
{
    private const int Window = 8;

    private readonly Queue<(TimeSpan RoundTrip, DateTimeOffset NodeTime, long Asked)> _measurements = new(Window);

    /// <summary><see langword="null"/> before the first measurement.</summary>
    public TimeSpan? Now
    {
        get
        {
            if (_measurements.Count == 0)
            {
                return null;
            }

            (TimeSpan roundTrip, DateTimeOffset nodeTime, long asked) = _measurements.MinBy(measurement => measurement.RoundTrip);
            return nodeTime + timeProvider.GetElapsedTime(asked) - (roundTrip / 2) - timeProvider.GetUtcNow();
        }
    }

    /// <param name="nodeTime">What the node said.</param>
    /// <param name="asked">The timestamp when it was asked.</param>
    /// <param name="roundTrip">How long the answer took: the node is taken to have looked at its clock in the middle.</param>
    public void Add(DateTimeOffset nodeTime, long asked, TimeSpan roundTrip)
    {
        if (_measurements.Count == Window)
        {
            _measurements.Dequeue();
        }

        _measurements.Enqueue((roundTrip, nodeTime, asked));
    }

    /// <summary>The node was away: its clock may have been set meanwhile.</summary>
    public void Clear() => _measurements.Clear();
}
