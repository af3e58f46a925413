namespace PkiCore.Galera.Crls;

/// <summary>Watches the row of a lease, and knows when its holder has been silent for too long: by the clock of this process alone. For one thread.</summary>
internal sealed class LeaseWatch(TimeSpan timeToLive, TimeProvider timeProvider)
{
    private volatile LeaseRow? _seen;
    private long _since;

    /// <summary>Who held the lease when it was last looked at; <see langword="null"/> before that.</summary>
    public string? Holder => _seen?.Holder;

    /// <summary>Takes note of the row as it is now.</summary>
    /// <param name="row">The row.</param>
    /// <param name="contender">Who looks.</param>
    /// <returns>Whether the lease may be taken over from what the row says.</returns>
    public bool MayTakeOver(LeaseRow row, string contender)
    {
        if (row != _seen)
        {
            (_seen, _since) = (row, timeProvider.GetTimestamp());
        }

        // One's own name stands there after a takeover of which the outcome was not known, or when it was not renewed in time: nobody else acts under it.
        return row.Holder.Length == 0 || row.Holder == contender || timeProvider.GetElapsedTime(_since) >= timeToLive;
    }
}
