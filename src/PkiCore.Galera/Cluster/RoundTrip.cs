namespace PkiCore.Galera.Cluster;

/// <summary>
/// The smoothed round trip to a node, and how much it varies, as TCP does it (RFC 6298 2.3), but on the median of the last three measurements: one slow answer
/// says nothing of the distance. The first measurements weigh more: the very first are slow, because everything is done for the first time.
/// </summary>
internal sealed class RoundTrip
{
    private const double Gain = 1.0 / 8;
    private const double VariationGain = 1.0 / 4;

    private readonly double[] _latest = new double[3];
    private int _count;
    private double _smoothed;
    private double _variation;

    /// <summary><see langword="null"/> before the first measurement.</summary>
    public TimeSpan? Smoothed => _count == 0 ? null : TimeSpan.FromTicks((long)_smoothed);

    public TimeSpan Variation => TimeSpan.FromTicks((long)_variation);

    public void Add(TimeSpan measured)
    {
        _latest[_count % _latest.Length] = measured.Ticks;
        _count++;
        double sample = Median();
        if (_count <= _latest.Length)
        {
            _smoothed = sample;
            _variation = sample / 2;
            return;
        }

        _variation += VariationGain * (Math.Abs(sample - _smoothed) - _variation);
        _smoothed += Math.Max(Gain, 1.0 / (_count - _latest.Length + 1)) * (sample - _smoothed);
    }

    /// <summary>Of two, the lower.</summary>
    private double Median()
    {
        if (_count == 1)
        {
            return _latest[0];
        }

        (double a, double b, double c) = (_latest[0], _latest[1], _latest[2]);
        return _count == 2 ? Math.Min(a, b) : Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
    }
}
