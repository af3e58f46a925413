namespace PkiCore.Galera.Cluster;

/// <summary>After a failure a node counts as the last resort for a while: 2 s, twice as long each time, 60 s at most; forgotten when it has been well for a while.</summary>
internal sealed class Penalty(TimeProvider timeProvider)
{
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_forgottenAfter = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_longestRest = TimeSpan.FromSeconds(2);

    private TimeSpan _length; // zero: never failed
    private long _since;

    public bool IsActive => Left > TimeSpan.Zero;

    public TimeSpan Left => _length == TimeSpan.Zero ? TimeSpan.Zero : Max(_length - timeProvider.GetElapsedTime(_since), TimeSpan.Zero);

    /// <summary>
    /// How long it is not read at all, even if there is no other: not at all after one failure, 2 s after several. What fails on all nodes, such as a missing table, is not
    /// tried on one after the other without a break.
    /// </summary>
    public TimeSpan Rest => Min((_length - s_first) / 2, s_longestRest);

    /// <summary>It failed after it had been well.</summary>
    public void Begin()
    {
        bool isForgotten = _length == TimeSpan.Zero || timeProvider.GetElapsedTime(_since) > _length + s_forgottenAfter;
        _length = isForgotten ? s_first : Min(_length * 2, s_longest);
        _since = timeProvider.GetTimestamp();
    }

    /// <summary>It still fails: the same penalty counts from now.</summary>
    public void Prolong() => _since = timeProvider.GetTimestamp();

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
