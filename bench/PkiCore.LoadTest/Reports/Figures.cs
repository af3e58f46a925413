using System.Globalization;

namespace PkiCore.LoadTest.Reports;

/// <summary>Numbers as reports show them.</summary>
internal static class Figures
{
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    public static string Whole(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Three digits that say something, whatever the size.</summary>
    public static string Milliseconds(double value)
    {
        string format = Math.Round(value, 2) switch { < 1 => "0.000", < 10 => "0.00", < 100 => "0.0", _ => "N0" };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    public static string Microseconds(double value) => value.ToString(value < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture);
}
