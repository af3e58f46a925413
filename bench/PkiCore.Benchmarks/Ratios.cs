using System.Diagnostics;
using System.Globalization;

namespace PkiCore.Benchmarks;

/// <summary>
/// <c>ratios</c>: what the core has to reach, measured side by side in one run and printed as a Markdown table. Only ratios and bytes
/// are promised: they mean the same on another machine.
/// </summary>
internal sealed class Ratios(TurnTimer timer)
{
    private readonly List<RatioRow> _rows = [];

    /// <returns>The exit code: 1 when a target is missed.</returns>
    public static int Run(bool quick, TableResult? result)
    {
        var timer = quick ? new TurnTimer(3, TimeSpan.FromSeconds(0.1)) : new TurnTimer(11, TimeSpan.FromSeconds(0.5));
        var ratios = new Ratios(timer);
        ratios.Run();
        if (result is not null)
        {
            Progress.Report(result.Save(ratios._rows));
        }

        return ratios._rows.TrueForAll(row => row.IsMet) ? 0 : 1;
    }

    private void Run()
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Medians of {timer.Turns} turns (A B A B ...), one thread; the ratio is speed over the other side's, median and range."));
        Console.WriteLine();
        Console.WriteLine("| operation | PkiCore | other side | ratio | range | bytes/op | target | |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|---|---|");
        ReportParsing(RequestKind.Ordinary);
        ReportParsing(RequestKind.WithNonce);
        ReportHits(1);
        ReportHits(100_000);
        ReportSigning(SignerKey.EcdsaP256, target: 0.9);
        ReportSigning(SignerKey.Rsa2048, target: null);
    }

    private void ReportParsing(RequestKind kind)
    {
        var benchmark = new ParseRequest { Request = kind };
        benchmark.Setup();
        IReadOnlyList<Measurement> results = MeasurePinned(
            new Candidate("PkiCore", count => Repeat(count, benchmark, static b => b.PkiCore())),
            new Candidate("BouncyCastle", count => Repeat(count, benchmark, static b => b.BouncyCastle())));
        IReadOnlyList<double> speed = results[0].SpeedOver(results[1]);
        bool met = Statistics.Median(speed) >= 15 && results[0].Bytes == 0;
        Row($"parse a request ({kind})", results[0], results[1], ">= 15x, 0 bytes", met);
    }

    private void ReportHits(int certificates)
    {
        var benchmark = new AnswerHit { Certificates = certificates };
        benchmark.Setup();
        try
        {
            IReadOnlyList<Measurement> results = MeasurePinned(
                new Candidate("PkiCore", count => Repeat(count, benchmark, static b => b.PkiCore())),
                new Candidate("BouncyCastle", count => Repeat(count, benchmark, static b => b.BouncyCastle())));
            bool met = results[0].Median < 1000 && results[0].Bytes == 0;
            Row(string.Create(CultureInfo.InvariantCulture, $"answer a hit, {certificates:N0} certificates"), results[0], results[1], "< 1 microsecond, 0 bytes", met);
        }
        finally
        {
            benchmark.Cleanup();
        }
    }

    private void ReportSigning(SignerKey key, double? target)
    {
        var benchmark = new SignAnswer { Key = key };
        benchmark.Setup();
        try
        {
            IReadOnlyList<Measurement> results = MeasurePinned(
                new Candidate("PkiCore", count => Repeat(count, benchmark, static b => b.PkiCore())),
                new Candidate("bare TrySignHash", count => Repeat(count, benchmark, static b => b.BareSignHash())),
                new Candidate("BouncyCastle", count => Repeat(count, benchmark, static b => b.BouncyCastle())));
            double speed = Statistics.Median(results[0].SpeedOver(results[1]));
            Row($"build and sign ({key})", results[0], results[1], target is { } least ? string.Create(CultureInfo.InvariantCulture, $">= {least}x") : null, speed >= (target ?? 0));
            Row($"build and sign ({key})", results[0], results[2], target: null, met: true);
        }
        finally
        {
            benchmark.Cleanup();
        }
    }

    private void Row(string operation, Measurement ours, Measurement theirs, string? target, bool met)
    {
        IReadOnlyList<double> speed = ours.SpeedOver(theirs);
        var row = new RatioRow(
            operation,
            Time(ours.Median),
            $"{theirs.Name} {Time(theirs.Median)}",
            FormattableString.Invariant($"{Statistics.Median(speed):0.00}x"),
            FormattableString.Invariant($"{speed.Min():0.00}-{speed.Max():0.00}"),
            FormattableString.Invariant($"{ours.Bytes:0.##}"),
            target,
            met);
        _rows.Add(row);
        Console.WriteLine($"| {row.Operation} | {row.PkiCore} | {row.OtherSide} | {row.Ratio} | {row.Range} | {row.Bytes} | {row.Target ?? "-"} | {(target is null ? "" : met ? "met" : "MISSED")} |");
    }

    private static string Time(double nanoseconds) => nanoseconds < 1000
        ? string.Create(CultureInfo.InvariantCulture, $"{nanoseconds:0.0} ns")
        : string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1000:0.00} us");

    /// <summary>Measures on one processor. On Linux the affinity of a process is that of its first thread, and this is the first thread.</summary>
    private IReadOnlyList<Measurement> MeasurePinned(params Candidate[] candidates)
    {
        if (!OperatingSystem.IsLinux())
        {
            return timer.Measure(candidates);
        }

        using var process = Process.GetCurrentProcess();
        nint all = process.ProcessorAffinity;
        process.ProcessorAffinity = (nint)1 << (nint.Size * 8 - 1 - (int)nint.LeadingZeroCount(all));
        try
        {
            return timer.Measure(candidates);
        }
        finally
        {
            process.ProcessorAffinity = all;
        }
    }

    private static void Repeat<T>(int count, T benchmark, Func<T, int> operation)
    {
        for (int i = 0; i < count; i++)
        {
            s_sink += operation(benchmark);
        }
    }

    /// <summary>A line as it is printed and kept.</summary>
    private sealed record RatioRow(string Operation, string PkiCore, string OtherSide, string Ratio, string Range, string Bytes, string? Target, bool IsMet);

#pragma warning disable IDE0052 // Remove unread private member: it is what keeps results from being optimised away
    private static int s_sink;
#pragma warning restore IDE0052
}
