namespace PkiCore.Responder.Telemetry;

/// <summary>A counter, or an up-down counter: measurements are added.</summary>
internal sealed class SumSeries(string labels, bool isMonotonic) : MetricSeries(labels)
{
    // An instrument has one of the two; whole numbers stay exact and need no retry loop.
    private long _whole;
    private double _real;

    public override bool Record(long value)
    {
        if (isMonotonic && value < 0)
        {
            return false;
        }

        Interlocked.Add(ref _whole, value);
        return true;
    }

    public override bool Record(double value)
    {
        // One NaN would stay in the sum for ever.
        if (!double.IsFinite(value) || (isMonotonic && value < 0))
        {
            return false;
        }

        AtomicDouble.Add(ref _real, value);
        return true;
    }

    public override void Write(PrometheusWriter writer, string name)
    {
        writer.Name(name, "", Labels);
        double real = Volatile.Read(ref _real);
        if (real == 0)
        {
            writer.Value(Interlocked.Read(ref _whole));
        }
        else
        {
            writer.Value(real + Interlocked.Read(ref _whole));
        }
    }
}
