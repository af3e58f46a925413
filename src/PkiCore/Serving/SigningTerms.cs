namespace PkiCore.Serving;

/// <summary>The times of what is signed: how long replies are good, and when they are signed again.</summary>
internal sealed class SigningTerms(OcspResponderOptions options)
{
    private static readonly TimeSpan s_shortestValidity = TimeSpan.FromMinutes(1);

    /// <summary>The part of a whole that is as far as can be from all earlier multiples of it: so the batches spread evenly, however many there are.</summary>
    private const double GoldenRatio = 0.6180339887498949;

    /// <summary>The nextUpdate of what is signed now.</summary>
    /// <returns><see langword="false"/> when it would not be worth while.</returns>
    public bool TryGetNextUpdate(DateTimeOffset now, DateTimeOffset watermark, DateTimeOffset signerNotAfter, out DateTimeOffset nextUpdate)
    {
        nextUpdate = watermark + options.Validity;
        nextUpdate = nextUpdate < signerNotAfter ? nextUpdate : signerNotAfter; // MZ-3
        return nextUpdate - now >= s_shortestValidity;
    }

    /// <summary>When the replies of a batch are due: somewhere between the earliest and the latest age, in proportion if the signer's end cuts them short.</summary>
    /// <remarks>All that was signed at once, as after a first start, is not due at once (HC-13).</remarks>
    public DateTimeOffset GetRefreshTime(DateTimeOffset now, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate, long number)
    {
        double place = number * GoldenRatio % 1;
        TimeSpan age = options.EarliestRefresh + ((options.LatestRefresh - options.EarliestRefresh) * place);
        DateTimeOffset refreshAt = FloorToSecond(thisUpdate + Shorten(age, thisUpdate, nextUpdate));
        return refreshAt > now + s_shortestValidity ? refreshAt : now + s_shortestValidity;
    }

    /// <summary>Whether the replies of a batch should have been signed again: they may not be served any more, or their time was up more than a minute ago.</summary>
    public bool IsLate(SigningBatch batch, DateTimeOffset now)
    {
        DateTimeOffset latest = batch.ThisUpdate + Shorten(options.LatestRefresh, batch.ThisUpdate, batch.NextUpdate);
        return !batch.IsUsable(now) || now - (latest > batch.RefreshAt ? latest : batch.RefreshAt) > WaitingTime.Limit;
    }

    private TimeSpan Shorten(TimeSpan age, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate) => age * ((nextUpdate - thisUpdate) / options.Validity);

    /// <summary>A fraction of a second is cut off, so that no time is later than it was (RFC 5280 4.1.2.5.2).</summary>
    public static DateTimeOffset FloorToSecond(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
