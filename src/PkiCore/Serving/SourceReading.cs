namespace PkiCore.Serving;

/// <summary>What a complete reading of a source vouches for.</summary>
/// <param name="Watermark">"True as of".</param>
/// <param name="LastChange">The number of the latest change that it vouches for.</param>
/// <param name="ValidUntil">No answer that rests on it outlives this.</param>
/// <param name="UnnamedAreGood">Whether a certificate that the source does not name is good.</param>
/// <param name="HeardAt">When the source said this first.</param>
internal readonly record struct SourceReading(
    DateTimeOffset Watermark, uint LastChange, DateTimeOffset? ValidUntil = null, bool UnnamedAreGood = false, DateTimeOffset HeardAt = default)
{
    /// <summary>Whether something new may be signed on its strength: it is not in the future, and not too old, or valid for long enough.</summary>
    public bool IsFresh(DateTimeOffset now, TimeSpan maxAge) =>
        Watermark <= now && (ValidUntil is { } end ? end - now >= SigningTerms.ShortestValidity : now - Watermark <= maxAge);

    /// <summary>Whether replies signed now would tell the same as those of a batch: as of the same time, and up to the end of the source.</summary>
    public bool SaysNoMoreThan(SigningBatch batch) =>
        ValidUntil is { } end && batch.ThisUpdate == SigningTerms.FloorToSecond(Watermark) && batch.NextUpdate == SigningTerms.FloorToSecond(end);
}
