using PkiCore.X509;

namespace PkiCore.Serving;

/// <summary>How soon a certificate is to be signed.</summary>
internal enum PresignPriority
{
    /// <summary>It was revoked or released: until it is signed there is no ready answer.</summary>
    Changed,

    /// <summary>It is new.</summary>
    New,

    /// <summary>Its answer is getting old.</summary>
    Refresh,
}

/// <summary>Which certificates of one issuer are to be signed, first those of the first priority. Safe for use from several threads.</summary>
internal sealed class PresignQueue
{
    private readonly Queue<SerialNumber>[] _queues = [new(), new(), new()];
    private readonly Lock _lock = new();

    /// <summary>How many certificates wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _queues.Sum(queue => queue.Count);
            }
        }
    }

    /// <summary>Whether any waits because its answer is getting old.</summary>
    public bool HasRefreshes
    {
        get
        {
            lock (_lock)
            {
                return _queues[(int)PresignPriority.Refresh].Count > 0;
            }
        }
    }

    public void Add(SerialNumber serial, PresignPriority priority)
    {
        lock (_lock)
        {
            _queues[(int)priority].Enqueue(serial);
        }
    }

    /// <summary>Takes up to so many certificates of the first priority there is.</summary>
    public PresignPriority TakeTo(List<SerialNumber> destination, int maxCount)
    {
        lock (_lock)
        {
            for (PresignPriority priority = PresignPriority.Changed; priority <= PresignPriority.Refresh; priority++)
            {
                Queue<SerialNumber> queue = _queues[(int)priority];
                while (destination.Count < maxCount && queue.TryDequeue(out SerialNumber serial))
                {
                    destination.Add(serial);
                }

                if (destination.Count > 0)
                {
                    return priority;
                }
            }

            return PresignPriority.Refresh;
        }
    }
}
