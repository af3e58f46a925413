namespace PkiCore.Serving;

/// <summary>
/// Removes certificates that have expired, some at a time. A clock that is wrong for a while is not to empty the table: it counts only as far as
/// time has really passed, and nothing is removed before the responder has run for an hour, in which it may be put right.
/// </summary>
internal sealed class ExpirySweep(CertificateTable table, TimeProvider timeProvider)
{
    private const uint SlotsPerTick = 1 << 18;

    private static readonly TimeSpan s_interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_grace = TimeSpan.FromDays(1);

    private readonly DateTimeOffset _startedAt = timeProvider.GetUtcNow();
    private readonly long _started = timeProvider.GetTimestamp();
    private long _begun = timeProvider.GetTimestamp();
    private uint _next;

    /// <summary>Goes on. Called every second or so.</summary>
    public void Tick()
    {
        if (_next == 0 && timeProvider.GetElapsedTime(_begun) < s_interval)
        {
            return;
        }

        _begun = _next == 0 ? timeProvider.GetTimestamp() : _begun;
        DateTimeOffset byElapsedTime = _startedAt + timeProvider.GetElapsedTime(_started);
        DateTimeOffset byClock = timeProvider.GetUtcNow();
        table.RemoveExpired((byClock < byElapsedTime ? byClock : byElapsedTime) - s_grace, ref _next, SlotsPerTick);
    }
}
