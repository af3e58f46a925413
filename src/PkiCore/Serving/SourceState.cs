using PkiCore.Status;

namespace PkiCore.Serving;

/// <summary>How far the source of one issuer has been read. Written by its feed, read by everybody.</summary>
internal sealed class SourceState(TimeSpan maxAge)
{
    private long _watermarkTicks;
    private volatile string? _problem = "the source has not been read yet";
    private volatile bool _isSettled;

    /// <summary>Whether the complete state was read once: before that nothing is known to be unknown.</summary>
    public bool IsLoaded => Watermark != default;

    /// <summary>Whether the source was read, or was tried and could not be.</summary>
    public bool IsSettled => _isSettled;

    /// <summary>"True as of"; <see langword="default"/> before the first complete reading.</summary>
    public DateTimeOffset Watermark => new(Volatile.Read(ref _watermarkTicks), TimeSpan.Zero);

    /// <summary>What is wrong with the source; <see langword="null"/> when all is well.</summary>
    public string? Problem => _problem;

    /// <summary>The watermark, if something new may be signed on its strength: a complete reading, not too old, and not in the future.</summary>
    public bool TryGetFreshWatermark(DateTimeOffset now, out DateTimeOffset watermark)
    {
        watermark = Watermark;
        return watermark != default && watermark <= now && now - watermark <= maxAge;
    }

    /// <summary>Takes note of a batch whose changes have been applied.</summary>
    /// <returns>Whether the problem is another one than before.</returns>
    public bool Advance(StatusBatch batch, string? problem)
    {
        bool isComplete = batch.Kind == StatusBatchKind.CompleteStateEnd || (batch.Kind == StatusBatchKind.Changes && IsLoaded);
        if (batch.Verdict == StatusVerdict.Current && isComplete)
        {
            Volatile.Write(ref _watermarkTicks, batch.Watermark.UtcTicks);
        }

        _isSettled |= batch.Kind != StatusBatchKind.CompleteState;
        bool isOther = problem != _problem;
        _problem = problem;
        return isOther;
    }
}
