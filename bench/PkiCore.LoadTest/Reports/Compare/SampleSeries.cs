using static System.FormattableString;

namespace PkiCore.LoadTest.Reports.Compare;

/// <summary>What one server came to, turn by turn.</summary>
internal sealed class SampleSeries(IReadOnlyList<CompareSample> samples)
{
    private const double Busy = 90;
    private const double MostOwnLateness = 0.5;

    public bool IsEmpty => samples.Count == 0;

    public double Errors => samples.Sum(sample => sample.Errors);

    /// <summary>The client's processor was busy: the server may be able to do more than the figure says.</summary>
    public bool IsClientBound => Median(sample => sample.ClientCorePercent) > Busy;

    /// <summary>All turns were without errors, and at the rate where one was asked for.</summary>
    public bool IsSound => samples.All(sample => sample.IsSound);

    /// <summary>The tool was so late itself that its p99 says little about the server.</summary>
    public bool IsToolLate => Median(sample => sample.OwnLatenessP99) > MostOwnLateness * Median(sample => sample.P99);

    /// <summary><see langword="null"/> where it was not measured.</summary>
    public double? Median(Func<CompareSample, double?> value) => Values(value) is { Length: > 0 } values ? Figures.Median(values) : null;

    public string Range(Func<CompareSample, double?> value, Func<double, string> format) =>
        Values(value) is { Length: > 0 } values ? $"{format(values.Min())}-{format(values.Max())}" : "-";

    /// <summary>How many times as much as another, turn by turn: what disturbs one turn disturbs both.</summary>
    public Ratio? To(SampleSeries other, Func<CompareSample, double?> value)
    {
        double[] ratios =
        [
            .. from mine in samples
               from theirs in other.Of(mine.Turn)
               let ratio = value(mine) / value(theirs)
               where ratio is not null && double.IsFinite(ratio.Value)
               select ratio.Value,
        ];
        return ratios.Length == 0 ? null : new Ratio(Figures.Median(ratios), ratios.Min(), ratios.Max());
    }

    /// <summary>The same of what they can do. It says on which side it may be wrong when a client was at its limit.</summary>
    public Ratio? RateTo(SampleSeries other)
    {
        string bound = (IsClientBound, other.IsClientBound) switch
        {
            (true, true) => "both client-bound: ",
            (true, false) => "at least ",
            (false, true) => "at most ",
            _ => "",
        };
        return To(other, sample => sample.RequestsPerSecond) is { } ratio ? ratio with { Bound = bound } : null;
    }

    private IEnumerable<CompareSample> Of(int turn) => samples.Where(sample => sample.Turn == turn);

    private double[] Values(Func<CompareSample, double?> value) => [.. samples.Select(value).OfType<double>()];
}

/// <summary>Median and range of the turns.</summary>
internal sealed record Ratio(double Median, double Least, double Most, string Bound = "")
{
    public string InShort => Invariant($"{Bound}{Median:0.00}x");

    public override string ToString() => Invariant($"{InShort} ({Least:0.00}-{Most:0.00})");
}
