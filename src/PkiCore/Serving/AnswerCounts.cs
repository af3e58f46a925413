namespace PkiCore.Serving;

/// <summary>The answers that are signed, counted batch by batch.</summary>
/// <param name="Usable">How many may be served.</param>
/// <param name="Due">How many are to be signed again.</param>
/// <param name="Late">How many should have been signed again.</param>
/// <param name="Oldest">The batch that was signed first, of those of which answers are left.</param>
internal readonly record struct AnswerCounts(int Usable, int Due, int Late, SigningBatch? Oldest)
{
    /// <summary>Counts the answers of one more batch.</summary>
    public AnswerCounts With(SigningBatch batch, int count, DateTimeOffset now, SigningTerms terms, in SourceReading reading) => new(
        Usable + (batch.IsUsable(now) ? count : 0),
        Due + (batch.IsDue(now, now, in reading) ? count : 0),
        Late + (terms.IsLate(batch, now, in reading) ? count : 0),
        Oldest is null || batch.ProducedAt < Oldest.ProducedAt ? batch : Oldest);
}
