using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PkiCore.Testing;
using static System.FormattableString;

namespace PkiCore.Benchmarks.Galera;

/// <summary>What clients of the host notice when the node that it reads is killed, and how soon the feed goes on.</summary>
internal static partial class KillFigures
{
    private const int Rate = 2000;
    private const double MaxSeconds = 3;

    public static async Task<IEnumerable<TableRow>> MeasureAsync(LabScene scene, int seconds, TableResult result)
    {
        Edge edge = await scene.AddEdgeAsync();
        using var folder = new TemporaryDirectory();
        await using ResponderProcess host = await ResponderProcess.ServeAsync(scene.Configure(folder.File("responder.json")).Write(), CancellationToken.None);
        string serials = folder.File("serials.txt");
        await File.WriteAllLinesAsync(serials, scene.Crew.Serials.Take(1000).Select(serial => serial.ToString()));
        string report = await LoadAsync(host, scene, serials, seconds, folder.File("quiet.md"));
        double quiet = Percentile(report);

        int node = edge.Cluster.View.Nearest!.Node.Name[^1] - '0';
        Task<string> loading = LoadAsync(host, scene, serials, seconds, folder.File("killed.md"));
        await Task.Delay(TimeSpan.FromSeconds(3 + (seconds * 0.25))); // its own warm-up takes three seconds
        await scene.Lab.KillAsync(node, CancellationToken.None);
        long killed = Stopwatch.GetTimestamp();
        await WaitAsync("another node is read", () => edge.Cluster.View.Nearest is { } nearest && nearest.Node.Name != $"node{node}");
        double moved = Stopwatch.GetElapsedTime(killed).TotalSeconds;
        int other = scene.Lab.Nodes.First(number => number != node);
        await Eventually.HoldsAsync("the others have a new view", async () => await scene.Lab.WsrepAsync(other, "wsrep_cluster_size", CancellationToken.None) == "2", TimeSpan.FromMinutes(1), CancellationToken.None);
        double viewed = Stopwatch.GetElapsedTime(killed).TotalSeconds;
        DateTimeOffset view = TimeProvider.System.GetUtcNow();
        await WaitAsync("a watermark after the new view", () => edge.Health.Watermark > view);
        double marked = Stopwatch.GetElapsedTime(killed).TotalSeconds;
        string killedReport = await loading;
        double disturbed = Percentile(killedReport);
        result.Figures.Add("load while quiet", report);
        result.Figures.Add("load while a node is killed", killedReport);
        await scene.Lab.RepairAsync(CancellationToken.None);
        bool isCalm = disturbed <= Math.Max(2 * quiet, quiet + 2);
        return
        [
            new("the node in use is killed: another one is read after", Invariant($"{moved:0.00} s"), Invariant($"<= {MaxSeconds} s"), moved <= MaxSeconds),
            new("its death is agreed on by the others (evs timeouts) after", Invariant($"{viewed:0.00} s")),
            new("from then to a new watermark", Invariant($"{marked - viewed:0.00} s"), Invariant($"<= {MaxSeconds} s"), marked - viewed <= MaxSeconds),
            new(Invariant($"{Rate}/s over HTTP meanwhile: p99 of answers"), Invariant($"{disturbed:0.00} ms ({quiet:0.00} ms when quiet)"), "2x or + 2 ms", isCalm),
            new("requests that failed", Failures(killedReport), "none", Failures(killedReport) == "none"),
        ];
    }

    private static async Task<string> LoadAsync(ResponderProcess host, LabScene scene, string serials, int seconds, string path)
    {
        string program = Checkout.PathOf("artifacts/bin/PkiCore.LoadTest/release/PkiCore.LoadTest");
        string[] arguments = ["run", host.Url.AbsoluteUri, "--issuer", scene.CaPath, "--serials", serials, "--rate", $"{Rate}", "--duration", $"{seconds}", "--report", path];
        await ToolProcess.RunCheckedAsync(program, arguments, TimeSpan.FromMinutes(5));
        return await File.ReadAllTextAsync(path);
    }

    private static Task<TimeSpan> WaitAsync(string what, Func<bool> condition) => Eventually.HoldsAsync(what, () => Task.FromResult(condition()), TimeSpan.FromMinutes(1), CancellationToken.None);

    private static double Percentile(string report) => double.Parse(PercentilePattern().Match(report).Groups["value"].ValueSpan, provider: System.Globalization.CultureInfo.InvariantCulture);

    private static string Failures(string report) => FailurePattern().Match(report).Groups["value"].Value;

    [GeneratedRegex(@"^\| p99 \| (?<value>[0-9.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PercentilePattern();

    [GeneratedRegex(@"^\| errors \| (?<value>[^|]+?) \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FailurePattern();
}
