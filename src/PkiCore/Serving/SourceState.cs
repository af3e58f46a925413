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
    public DateTimeOffset? Watermark => _mark?.Reading.Watermark;

    /// <summary>Whether a certificate that the source does not name is good.</summary>
    public bool UnnamedAreGood => _mark is { Reading.UnnamedAreGood: true };

    /// <summary>What is wrong with the source; <see langword="null"/> when all is well. A source may also just fall silent.</summary>
    public string? FindProblem(DateTimeOffset now)
    {
        string? problem = _problem;
        string? silence = TryGetFreshReading(now, out SourceReading reading) ? null
            : DescribeValidity(now, in reading) ?? (problem is null ? FormattableString.Invariant($"the source was last read completely at {reading.Watermark:u}") : null);
        return problem is null || silence is null ? problem ?? silence : $"{problem}; {silence}";
    }

    /// <summary>What is wrong with the validity of what the source said; <see langword="null"/> when all is well, or it has no end.</summary>
    public string? FindValidityProblem(DateTimeOffset now) => TryGetFreshReading(now, out SourceReading reading) ? null : DescribeValidity(now, in reading);

    /// <summary>What the source said, and whether something new may be signed on its strength: a complete reading, not too old, and not in the future.</summary>
    /// <param name="now">The time.</param>
    /// <param name="reading">The latest complete reading, or the one before if that was the latest at the time.</param>
    public bool TryGetFreshReading(DateTimeOffset now, out SourceReading reading)
    {
        Mark? mark = _mark;
        mark = mark?.Reading.Watermark > now && mark.Before is { } before ? before : mark; // whoever looked at the clock first has the reading of then
        reading = mark?.Reading ?? default;
        return mark is not null && reading.IsFresh(now, maxAge);
    }

    /// <summary>Takes note of a batch whose changes have been applied; not of a mere part of a complete state.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="lastChange">The number of the latest change.</param>
    /// <param name="problem">What is wrong.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether the problem is another one than before.</returns>
    public bool Advance(StatusBatch batch, uint lastChange, string? problem, DateTimeOffset now)
    {
        bool isComplete = batch.Kind == StatusBatchKind.CompleteStateEnd || (batch.Kind == StatusBatchKind.Changes && (IsLoaded || _isRestored));
        if (batch.Verdict == StatusVerdict.Current && isComplete)
        {
            Mark? before = _mark;
            bool isSame = before?.Reading is { } known && known.Watermark == batch.Watermark && known.ValidUntil == batch.ValidUntil;
            var reading = new SourceReading(batch.Watermark, lastChange, batch.ValidUntil, batch.UnnamedAreGood, isSame ? before!.Reading.HeardAt : now);
            _mark = new Mark(reading, isSame ? before!.Before : before is null ? null : before with { Before = null }); // said again, it hides no earlier one
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

    private static string? DescribeValidity(DateTimeOffset now, in SourceReading reading) =>
        reading.ValidUntil is not { } end ? null
        : reading.Watermark > now ? FormattableString.Invariant($"the source speaks as of {reading.Watermark:u}, which is still to come: is the clock right?")
        : end <= now ? FormattableString.Invariant($"the source was valid until {end:u}; nothing new is signed")
        : FormattableString.Invariant($"the source is valid until {end:u}, too near for anything new to be signed");

    private sealed record Mark(SourceReading Reading, Mark? Before);
}
