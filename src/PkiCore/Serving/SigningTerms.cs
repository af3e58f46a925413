namespace PkiCore.Serving;

/// <summary>The times of what is signed: how long replies are good, and when they are signed again.</summary>
internal sealed class SigningTerms(OcspResponderOptions options)
{
    /// <summary>What would be valid for a shorter time is not signed.</summary>
    public static readonly TimeSpan ShortestValidity = TimeSpan.FromMinutes(1);

    /// <summary>The part of a whole that is as far as can be from all earlier multiples of it: so the batches spread evenly, however many there are.</summary>
    private const double GoldenRatio = 0.6180339887498949;

    /// <summary>The nextUpdate of what is signed now.</summary>
    /// <remarks>A source with an end says when it spoke, not that it still would say so: its age is no part of the validity of what is signed.</remarks>
    /// <returns><see langword="false"/> when it would not be worth while.</returns>
    public bool TryGetNextUpdate(DateTimeOffset now, in SourceReading reading, DateTimeOffset signerNotAfter, out DateTimeOffset nextUpdate)
    {
        nextUpdate = reading.ValidUntil is { } end ? Min(now + options.Validity, end) : reading.Watermark + options.Validity;
        nextUpdate = Min(nextUpdate, signerNotAfter); // MZ-3
        return nextUpdate - now >= ShortestValidity;
    }

    /// <summary>When the replies of a batch are due: somewhere between the earliest and the latest age, in proportion if the signer's end, or the source's, cuts them
    /// short.</summary>
    /// <remarks>All that was signed at once, as after a first start, is not due at once (HC-13).</remarks>
    public DateTimeOffset GetRefreshTime(DateTimeOffset now, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate, long number, in SourceReading reading = default)
    {
        double place = number * GoldenRatio % 1;
        TimeSpan age = options.EarliestRefresh + ((options.LatestRefresh - options.EarliestRefresh) * place);
        DateTimeOffset start = GetStart(now, thisUpdate, in reading);
        DateTimeOffset refreshAt = FloorToSecond(start + Shorten(age, start, nextUpdate));

        // What lasts as long as the source is not signed again before the source says more: so it cannot be due too often, and must not be due too late.
        return nextUpdate == reading.ValidUntil ? refreshAt : Max(refreshAt, now + ShortestValidity);
    }

    /// <summary>Whether the replies of a batch should have been signed again: they may not be served any more, or could have been signed again more than a minute ago.</summary>
    public bool IsLate(SigningBatch batch, DateTimeOffset now, in SourceReading reading)
    {
        DateTimeOffset start = GetStart(batch.ProducedAt, batch.ThisUpdate, in reading);
        DateTimeOffset latest = Max(start + Shorten(options.LatestRefresh, start, batch.NextUpdate), batch.RefreshAt);
        latest = reading.ValidUntil is null ? latest : Max(latest, reading.HeardAt);
        return !batch.IsUsable(now) || (now - latest > WaitingTime.Limit && !reading.SaysNoMoreThan(batch));
    }

    /// <summary>From when on the age of replies counts: a CRL may be days old when they are signed.</summary>
    private static DateTimeOffset GetStart(DateTimeOffset signedAt, DateTimeOffset thisUpdate, in SourceReading reading) => reading.ValidUntil is null ? thisUpdate : signedAt;

    private TimeSpan Shorten(TimeSpan age, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate) => age * ((nextUpdate - thisUpdate) / options.Validity);

    /// <summary>A fraction of a second is cut off, so that no time is later than it was (RFC 5280 4.1.2.5.2).</summary>
    public static DateTimeOffset FloorToSecond(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);

    private static DateTimeOffset Min(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;

    private static DateTimeOffset Max(DateTimeOffset left, DateTimeOffset right) => left > right ? left : right;
}
