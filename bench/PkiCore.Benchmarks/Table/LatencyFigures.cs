namespace PkiCore.Benchmarks.Table;

/// <summary>Times in microseconds.</summary>
internal sealed record LatencyFigures(float Median, float Percentile99, float Percentile999, float Longest)
{
    public static LatencyFigures Of(float[] sorted) => new(At(sorted, 0.5), At(sorted, 0.99), At(sorted, 0.999), sorted[^1]);

    private static float At(float[] sorted, double share) => sorted[(int)(sorted.Length * share)];
}
