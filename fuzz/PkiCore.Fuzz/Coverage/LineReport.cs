namespace PkiCore.Fuzz.Coverage;

/// <summary>Which lines of a file were reached. A line is reached when each statement that begins on it is.</summary>
internal sealed record LineReport(string File, int Lines, IReadOnlyList<int> Missed)
{
    // Methods in a parser's files that no input of it can reach, and why.
    private static readonly Dictionary<(string File, string Method), string> s_unreachable = new()
    {
        [("src/PkiCore/X509/CertIdHash.cs", "Compute")] = "hashes an issuer when it is loaded; no parser calls it",
    };

    public static IReadOnlyCollection<string> Exclusions => [.. s_unreachable.Select(pair => $"{pair.Key.File} {pair.Key.Method}: {pair.Value}")];

    public int Reached => Lines - Missed.Count;

    public static LineReport Of(string file, IReadOnlyList<CoveragePoint> points, ReadOnlySpan<byte> everHit)
    {
        var lines = new Dictionary<int, bool>();
        for (int i = 0; i < points.Count; i++)
        {
            CoveragePoint point = points[i];
            if (point.File == file && point.StartLine > 0 && !s_unreachable.ContainsKey((file, point.Method)))
            {
                lines[point.StartLine] = lines.GetValueOrDefault(point.StartLine, true) && everHit[i] != 0;
            }
        }

        int[] missed = [.. lines.Where(line => !line.Value).Select(line => line.Key).Order()];
        return new LineReport(file, lines.Count, missed);
    }
}
