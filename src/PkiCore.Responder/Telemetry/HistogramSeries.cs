namespace PkiCore.Responder.Telemetry;

/// <summary>A histogram with explicit buckets; each bound is the largest value of its bucket.</summary>
internal sealed class HistogramSeries(string labels, double[] bounds) : MetricSeries(labels)
{
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    public override bool Record(long value) => Record((double)value);

    public override bool Record(double value)
    {
        if (!double.IsFinite(value))
        {
            return false;
        }

        int found = Array.BinarySearch(bounds, value);
        Interlocked.Increment(ref _counts[found < 0 ? ~found : found]);
        AtomicDouble.Add(ref _sum, value);
        return true;
    }

    public override void Write(PrometheusWriter writer, string name)
    {
        // The count is the last bucket, not a counter of its own, so that the two always agree. The sum may be ahead or
        // behind by the measurements of this instant.
        long cumulative = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            cumulative += Interlocked.Read(ref _counts[i]);
            writer.BucketName(name, Labels, i < bounds.Length ? bounds[i] : double.PositiveInfinity);
            writer.Value(cumulative);
        }

        writer.Name(name, "_sum", Labels);
        writer.Value(Volatile.Read(ref _sum));
        writer.Name(name, "_count", Labels);
        writer.Value(cumulative);
    }
}
