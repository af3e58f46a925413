namespace PkiCore.Serving;

/// <summary>How long something takes these days: the running mean, and some more, by how much it varies. Its owner calls it under a lock.</summary>
internal sealed class RecentDuration
{
    private TimeSpan? _mean;
    private TimeSpan _deviation;

    /// <summary>It seldom takes longer; zero while nothing is known.</summary>
    public TimeSpan Estimate => (_mean ?? TimeSpan.Zero) + (2 * _deviation);

    /// <summary>Takes note of one.</summary>
    public void Add(TimeSpan duration)
    {
        if (_mean is not { } mean)
        {
            _mean = duration;
            return;
        }

        _deviation += ((duration - mean).Duration() - _deviation) / 4;
        _mean = mean + ((duration - mean) / 8);
    }

    /// <summary>Forgets everything.</summary>
    public void Reset() => (_mean, _deviation) = (null, TimeSpan.Zero);
}
