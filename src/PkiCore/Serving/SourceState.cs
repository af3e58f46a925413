using PkiCore.Status;

namespace PkiCore.Serving;

/// <summary>How far the source of one issuer has been read. Written by its feed, read by everybody.</summary>
/// <remarks>
/// Watermarks are times by the clock, and a clock can be set back. Which of two readings is the later one is therefore told on a timeline
/// of its own: it is the clock's, moved on so that it never runs backwards.
/// </remarks>
internal sealed class SourceState(TimeSpan maxAge)
{
    private volatile Mark? _mark;
    private volatile string? _problem = "the source has not been read yet";
    private volatile bool _isSettled;
    private DateTimeOffset _lastWatermark; // the feed's alone, and the two below
    private long _lastReadAt;
    private long _shift;

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
    /// <param name="readAt">The same on the timeline of readings.</param>
    public bool TryGetFreshWatermark(DateTimeOffset now, out DateTimeOffset watermark, out long readAt)
    {
        Mark? mark = _mark;
        (watermark, readAt) = (mark?.Watermark ?? default, mark?.ReadAt ?? 0);
        return mark is not null && watermark <= now && now - watermark <= maxAge;
    }

    /// <summary>Puts a batch in its place on the timeline of readings.</summary>
    public long Place(StatusBatch batch)
    {
        bool wasSetBack = batch.Watermark < _lastWatermark;
        if (batch.Verdict == StatusVerdict.Current)
        {
            _shift = wasSetBack ? _lastReadAt + 1 - batch.Watermark.UtcTicks : _shift;
            _lastWatermark = batch.Watermark;
            wasSetBack = false;
        }

        long readAt = wasSetBack ? _lastReadAt + 1 : batch.Watermark.UtcTicks + _shift;
        _lastReadAt = Math.Max(_lastReadAt, readAt);
        return readAt;
    }

    /// <summary>Takes note of a batch whose changes have been applied; not of a mere part of a complete state.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="problem">What is wrong.</param>
    /// <returns>Whether the problem is another one than before.</returns>
    public bool Advance(StatusBatch batch, string? problem)
    {
        bool isComplete = batch.Kind == StatusBatchKind.CompleteStateEnd || (batch.Kind == StatusBatchKind.Changes && IsLoaded);
        if (batch.Verdict == StatusVerdict.Current && isComplete)
        {
            _mark = new Mark(batch.Watermark, batch.Watermark.UtcTicks + _shift);
        }

        _isSettled = true;
        bool isOther = problem != _problem;
        _problem = problem;
        return isOther;
    }

    /// <summary>The source has had enough time: nobody waits for it any more.</summary>
    public void GiveUpWaiting() => _isSettled = true;

    private sealed record Mark(DateTimeOffset Watermark, long ReadAt);
}
