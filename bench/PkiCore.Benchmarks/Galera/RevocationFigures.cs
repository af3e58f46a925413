using System.Diagnostics;
using PkiCore.Galera;
using PkiCore.Testing;
using PkiCore.X509;
using static System.FormattableString;

namespace PkiCore.Benchmarks.Galera;

/// <summary>From the acknowledgement of a revocation on one node to the first answer "revoked" of an edge that reads another one, while the edge is asked 2,000 times a second.</summary>
internal static class RevocationFigures
{
    private const int AskedPerSecond = 2000;
    private const double MaxMilliseconds = 500;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    public static async Task<IEnumerable<TableRow>> MeasureAsync(LabScene scene, int revocations, TableResult result)
    {
        Edge edge = await scene.AddEdgeAsync(options => options with { Nodes = [options.Nodes[1]] });
        using var stop = new CancellationTokenSource();
        Task asking = Task.Run(() => AskAsync(edge, scene.Crew.Serials, stop.Token));
        var random = new Random(1);
        List<double> milliseconds = [];
        for (int i = 0; i < revocations; i++)
        {
            SerialNumber serial = (await scene.Crew.IssueOwnAsync(0, 1, CancellationToken.None))[0];
            await Eventually.HoldsAsync("the certificate is answered good", async () => await edge.AskAsync(serial) is { IsGood: true }, s_limit, CancellationToken.None);
            await Task.Delay(random.Next(300)); // wherever the edge is in its rounds
            await scene.Crew.RevokeAsync(0, serial, CancellationToken.None);
            long acknowledged = Stopwatch.GetTimestamp();
            while (await edge.AskAsync(serial) is not { IsRevoked: true })
            {
                await Task.Delay(1);
            }

            milliseconds.Add(Stopwatch.GetElapsedTime(acknowledged).TotalMilliseconds);
        }

        await stop.CancelAsync();
        await asking;
        milliseconds.Sort();
        result.Figures.Add("revocation to answer, ms", milliseconds);
        double p99 = At(milliseconds, 0.99);
        return
        [
            new(
                Invariant($"{revocations} revocations on one node, to \"revoked\" at an edge that reads another: p99"),
                Invariant($"{p99:0} ms (p50 {At(milliseconds, 0.5):0}, p90 {At(milliseconds, 0.9):0}, longest {milliseconds[^1]:0})"),
                Invariant($"<= {MaxMilliseconds} ms"),
                p99 <= MaxMilliseconds),
        ];
    }

    private static double At(List<double> sorted, double share) => sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];

    private static async Task AskAsync(Edge edge, IReadOnlyList<SerialNumber> serials, CancellationToken cancellationToken)
    {
        var random = new Random(2);
        long began = Stopwatch.GetTimestamp();
        for (long asked = 0; !cancellationToken.IsCancellationRequested; asked++)
        {
            if (asked > Stopwatch.GetElapsedTime(began).TotalSeconds * AskedPerSecond)
            {
                await Task.Delay(1, CancellationToken.None);
                asked--;
                continue;
            }

            await edge.AskAsync(serials[random.Next(1000)]);
        }
    }
}
