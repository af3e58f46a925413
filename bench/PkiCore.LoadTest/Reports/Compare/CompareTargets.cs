using static System.FormattableString;

namespace PkiCore.LoadTest.Reports.Compare;

/// <summary>What a comparison has to reach. What was not measured is not judged.</summary>
internal static class CompareTargets
{
    private const double MostOfKestrel = 1.1;
    private const double LeastOfCfssl = 8;
    private const double MostOfNginx = 2;

    /// <summary>Below twice of what the tool sees of a server that does next to nothing, a ratio would compare noise.</summary>
    private const double FloorFactor = 2;

    public static IEnumerable<Verdict> Judge(CompareFigures figures) =>
        figures.Turns < Verdict.LeastTurns ? [] : new[] { Processor(figures, Server.PkiCoreGet), Processor(figures, Server.PkiCorePost), Rate(figures), Tail(figures) }.OfType<Verdict>();

    private static Verdict? Processor(CompareFigures figures, string server)
    {
        SampleSeries ours = figures.Of(SampleKind.Fixed, server);
        SampleSeries kestrel = figures.Of(SampleKind.Fixed, Server.KestrelLike(server));
        return ours.To(kestrel, sample => sample.CpuMicrosecondsPerRequest) is { } ratio
            ? new Verdict(Invariant($"{server}: processor time of a request at a fixed rate <= {MostOfKestrel}x Kestrel's"), ratio.ToString(), ratio.Median <= MostOfKestrel, !ours.IsSound || !kestrel.IsSound)
            : null;
    }

    private static Verdict? Rate(CompareFigures figures)
    {
        bool isVoid = !figures.Saturation(Server.PkiCorePost).IsSound || !figures.Saturation(Server.Cfssl).IsSound;
        return SaturationTables.Ratio(figures, Server.PkiCorePost, Server.Cfssl) is { } ratio
            ? new Verdict(Invariant($"{Server.PkiCorePost}: requests/s >= {LeastOfCfssl}x cfssl's"), ratio.ToString(), ratio.Median >= LeastOfCfssl, isVoid)
            : null;
    }

    private static Verdict? Tail(CompareFigures figures)
    {
        string target = Invariant($"{Server.PkiCoreGet}: p99 at half of its maximum <= {MostOfNginx}x that of nginx with files");
        SampleSeries ours = figures.Of(SampleKind.Half, Server.PkiCoreGet);
        SampleSeries memory = figures.Of(SampleKind.Half, Server.NginxMemory);
        if (ours.Median(sample => sample.P99) is not { } p99 || memory.Median(sample => sample.P99) is not { } floor)
        {
            return null;
        }

        if (p99 <= FloorFactor * floor)
        {
            return new Verdict(target, $"at floor: {Figures.Milliseconds(p99)} ms, the tool's floor {Figures.Milliseconds(floor)} ms", true, IsVoid(memory));
        }

        SampleSeries file = figures.FasterNginxFile(SampleKind.Half, sample => sample.P99);
        return ours.To(file, sample => sample.P99) is { } ratio ? new Verdict(target, ratio.ToString(), ratio.Median <= MostOfNginx, IsVoid(file)) : null;

        bool IsVoid(SampleSeries theirs) => !ours.IsSound || !theirs.IsSound || ours.IsToolLate || theirs.IsToolLate;
    }
}
