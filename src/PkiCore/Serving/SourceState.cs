using PkiCore.Status;

namespace PkiCore.Serving;

/// <summary>How far the source of one issuer has been read. Written by its feed, read by everybody.</summary>
/// <remarks>
/// Watermarks are times by the clock, and a clock can be set back. Which changes a reading vouches for is therefore told by their numbers: readings come
/// in order, and a complete one vouches for all that was applied before it ended.
/// </remarks>
internal sealed class SourceState(TimeSpan maxAge)
{
    private volatile Mark? _mark;
    private volatile string? _problem = "the source has not been read yet";
    private volatile bool _isSettled;
    private volatile bool _isRestored;

    /// <summary>Whether the complete state was read once: before that nothing is known to be unknown.</summary>
    public bool IsLoaded => _mark is not null;

    /// <summary>Whether the source was read, or was tried and could not be.</summary>
    public bool IsSettled => _isSettled;

    /// <summary>"True as of"; <see langword="null"/> before the first complete reading.</summary>
    public DateTimeOffset? Watermark => _mark?.Watermark;

    /// <summary>What is wrong with the source; <see langword="null"/> when all is well. A source may also just fall silent.</summary>
    public string? FindProblem(DateTimeOffset now) => _problem
        ?? (TryGetFreshWatermark(now, out DateTimeOffset watermark, out _) ? null : FormattableString.Invariant($"the source was last read completely at {watermark:u}"));

    /// <summary>The watermark, if something new may be signed on its strength: a complete reading, not too old, and not in the future.</summary>
    /// <param name="now">The time.</param>
    /// <param name="watermark">The watermark.</param>
    /// <param name="lastChange">The number of the latest change that the reading vouches for.</param>
    public bool TryGetFreshWatermark(DateTimeOffset now, out DateTimeOffset watermark, out uint lastChange)
    {
        Mark? mark = _mark;
        mark = mark?.Watermark > now && mark.Before is { } before ? before : mark; // whoever looked at the clock first has the reading of then
        (watermark, lastChange) = (mark?.Watermark ?? default, mark?.LastChange ?? 0);
        return mark is not null && watermark <= now && now - watermark <= maxAge;
    }

    /// <summary>Takes note of a batch whose changes have been applied; not of a mere part of a complete state.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="lastChange">The number of the latest change.</param>
    /// <param name="problem">What is wrong.</param>
    /// <returns>Whether the problem is another one than before.</returns>
    public bool Advance(StatusBatch batch, uint lastChange, string? problem)
    {
        bool isComplete = batch.Kind == StatusBatchKind.CompleteStateEnd || (batch.Kind == StatusBatchKind.Changes && (IsLoaded || _isRestored));
        if (batch.Verdict == StatusVerdict.Current && isComplete)
        {
            _mark = new Mark(batch.Watermark, lastChange, _mark is { } mark ? mark with { Before = null } : null);
        }

        _isSettled = true;
        bool isOther = problem != _problem;
        _problem = problem;
        return isOther;
    }

    /// <summary>The state up to a position of the source is known from a snapshot: what the source tells from there on completes it.</summary>
    public void Restore() => _isRestored = true;

    /// <summary>The source has had enough time: nobody waits for it any more.</summary>
    public void GiveUpWaiting() => _isSettled = true;

    private sealed record Mark(DateTimeOffset Watermark, uint LastChange, Mark? Before);
}
