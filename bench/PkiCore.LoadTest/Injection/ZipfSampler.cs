namespace PkiCore.LoadTest.Injection;

/// <summary>
/// Draws ranks with a probability that falls as 1 / rank^exponent; exponent 0 is uniform. Rejection-inversion (Hörmann and Derflinger, 1996): no table,
/// and the same cost for ten certificates as for ten million.
/// </summary>
internal sealed class ZipfSampler
{
    private readonly int _count;
    private readonly double _exponent;
    private readonly double _low;
    private readonly double _high;
    private readonly double _shortcut;

    public ZipfSampler(int count, double exponent)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(exponent);
        _count = count;
        _exponent = exponent;
        _low = Integral(1.5) - 1;
        _high = Integral(count + 0.5);
        _shortcut = 2 - Inverse(Integral(2.5) - Density(2));
    }

    /// <summary>A rank, 0 for the most frequent.</summary>
    public int Next(ref SplitMix64 random)
    {
        while (true)
        {
            double area = _high + (random.NextDouble() * (_low - _high));
            double x = Inverse(area);
            int rank = Math.Clamp((int)(x + 0.5), 1, _count);
            if (rank - x <= _shortcut || area >= Integral(rank + 0.5) - Density(rank))
            {
                return rank - 1;
            }
        }
    }

    private double Density(double x) => Math.Exp(-_exponent * Math.Log(x));

    /// <summary>The integral of the density, 0 at 1: (x^(1-s) - 1) / (1-s), and log(x) where s is 1.</summary>
    private double Integral(double x)
    {
        double log = Math.Log(x);
        double t = (1 - _exponent) * log;
        return log * (Math.Abs(t) > 1e-8 ? Expm1(t) / t : 1 + (t / 2));
    }

    private double Inverse(double area)
    {
        double t = Math.Max(-1, area * (1 - _exponent));
        return Math.Exp(area * (Math.Abs(t) > 1e-8 ? Log1p(t) / t : 1 - (t / 2)));
    }

    // Kahan's forms: exact where the plain ones lose all digits.
    private static double Expm1(double x)
    {
        double u = Math.Exp(x);
        return u == 1 ? x : u - 1 == -1 ? -1 : (u - 1) * x / Math.Log(u);
    }

    private static double Log1p(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : Math.Log(u) * x / (u - 1);
    }
}
