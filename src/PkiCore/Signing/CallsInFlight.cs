namespace PkiCore.Signing;

/// <summary>When the calls that are under way began. Safe for use from several threads; nothing is allocated per call.</summary>
internal sealed class CallsInFlight(int capacity)
{
    private readonly long[] _started = new long[capacity];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes note of a call.</summary>
    /// <returns>Its place; -1 when there is none left, and the call is counted only.</returns>
    public int Begin(long now)
    {
        Interlocked.Increment(ref _count);
        now = now == 0 ? 1 : now; // 0 is a free place
        int first = Environment.CurrentManagedThreadId;
        for (int i = 0; i < _started.Length; i++)
        {
            int place = (first + i) % _started.Length;
            if (Volatile.Read(ref _started[place]) == 0 && Interlocked.CompareExchange(ref _started[place], now, 0) == 0)
            {
                return place;
            }
        }

        return -1;
    }

    public void End(int place, long began)
    {
        Interlocked.Decrement(ref _count);
        if (place >= 0)
        {
            Interlocked.CompareExchange(ref _started[place], 0, began == 0 ? 1 : began); // unless it was forgotten, and the place is another's
        }
    }

    /// <summary>When the oldest call began; the highest number when there is none.</summary>
    public long FindOldest()
    {
        long oldest = long.MaxValue;
        foreach (ref long started in _started.AsSpan())
        {
            long value = Volatile.Read(ref started);
            oldest = value != 0 && value < oldest ? value : oldest;
        }

        return oldest;
    }

    /// <summary>Calls that are under way now are not looked at any more.</summary>
    public void Forget()
    {
        foreach (ref long started in _started.AsSpan())
        {
            Volatile.Write(ref started, 0);
        }
    }
}
