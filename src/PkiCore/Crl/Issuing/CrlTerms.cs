namespace PkiCore.Crl.Issuing;

/// <summary>The times of CRLs that are issued together, in whole seconds: a fraction is cut off, so that no time is later than it was (T-15).</summary>
internal sealed record CrlTerms
{
    private readonly DateTimeOffset? _validUntil;

    /// <param name="watermark">The time as of which the state is complete.</param>
    /// <param name="validUntil">What a source says holds no longer, where it says so (architecture rule 1).</param>
    public CrlTerms(DateTimeOffset watermark, DateTimeOffset? validUntil = null)
    {
        ThisUpdate = FloorToSecond(watermark);
        _validUntil = validUntil;
    }

    public DateTimeOffset ThisUpdate { get; }

    public DateTimeOffset GetNextUpdate(TimeSpan validity) =>
        FloorToSecond(_validUntil < ThisUpdate + validity ? _validUntil.Value : ThisUpdate + validity);

    private static DateTimeOffset FloorToSecond(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
