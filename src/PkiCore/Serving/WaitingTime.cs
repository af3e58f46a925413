using PkiCore.Serving.Storage;

namespace PkiCore.Serving;

/// <summary>
/// How many certificates have waited for their signatures for more than a minute. No record says since when it waits; but of those that waited a minute ago,
/// at most so many are signed as have left since.
/// </summary>
internal sealed class WaitingTime(CertificateTable table, TimeProvider timeProvider)
{
    /// <summary>A new or changed certificate that is not signed by then is late.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Queue<(long At, int Waiting, long Left)> _samples = new(); // the first is the latest of those that are a minute old

    /// <summary>How many there are, or fewer: those that come and go within the minute hide others.</summary>
    public int CountLate()
    {
        lock (_lock)
        {
            if (!_samples.TryPeek(out (long At, int Waiting, long Left) then) || !IsOld(then.At))
            {
                return 0;
            }

            (int waiting, long left) = table.CountWaiting();
            return (int)Math.Clamp(then.Waiting - (left - then.Left), 0, waiting);
        }
    }

    /// <summary>Called every second or so.</summary>
    public void Tick()
    {
        lock (_lock)
        {
            (int waiting, long left) = table.CountWaiting();
            _samples.Enqueue((timeProvider.GetTimestamp(), waiting, left));
            while (_samples.Count > 1 && IsOld(_samples.ElementAt(1).At))
            {
                _samples.Dequeue();
            }
        }
    }

    private bool IsOld(long timestamp) => timeProvider.GetElapsedTime(timestamp) >= Limit;
}
