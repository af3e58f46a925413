namespace PkiCore.Responder.Telemetry;

internal static class AtomicDouble
{
    public static void Add(ref double location, double value)
    {
        double seen = Volatile.Read(ref location);
        while (true)
        {
            double before = Interlocked.CompareExchange(ref location, seen + value, seen);
            if (before.Equals(seen))
            {
                return;
            }

            seen = before;
        }
    }
}
