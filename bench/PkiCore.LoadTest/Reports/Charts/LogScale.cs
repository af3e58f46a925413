namespace PkiCore.LoadTest.Reports.Charts;

/// <summary>An axis on which each step of the same length multiplies by the same number. It begins and ends at a power of ten.</summary>
internal sealed class LogScale
{
    private readonly int _first;
    private readonly int _last;
    private readonly double _length;

    /// <param name="values">What it has to hold; what is not above zero is put at its beginning.</param>
    /// <param name="length">Of the axis.</param>
    public LogScale(IEnumerable<double> values, double length)
    {
        double[] positive = [.. values.Where(value => value > 0)];
        _length = length;
        _first = positive.Length == 0 ? 0 : (int)Math.Floor(Math.Log10(positive.Min()));
        _last = positive.Length == 0 ? 1 : Math.Max(_first + 1, (int)Math.Ceiling(Math.Log10(positive.Max())));
    }

    /// <summary>The powers of ten.</summary>
    public IEnumerable<double> Ticks => Enumerable.Range(_first, _last - _first + 1).Select(power => Math.Pow(10, power));

    /// <summary>How far from the beginning.</summary>
    public double At(double value) => value <= 0 ? 0 : Math.Clamp((Math.Log10(value) - _first) / (_last - _first), 0, 1) * _length;
}
