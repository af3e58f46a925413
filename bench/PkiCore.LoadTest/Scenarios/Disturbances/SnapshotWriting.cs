using System.Text.RegularExpressions;
using PkiCore.LoadTest.Scenarios.Hosts;
using PkiCore.Testing;

namespace PkiCore.LoadTest.Scenarios.Disturbances;

/// <summary>A host that writes a snapshot every second, in the place of one that writes none.</summary>
internal sealed partial class SnapshotWriting(Surroundings surroundings) : IDisturbance
{
    private readonly SnapshotHost _hosts = (SnapshotHost)surroundings.Host;
    private Task<int> _before = Task.FromResult(0);

    public Uri? Target => _hosts.Writing.Url;

    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        _hosts.Writing.Signal(SnapshotHost.SigCont);
        int before = Written().Count;
        // What has become old while it stood still is signed by then.
        await Eventually.HoldsAsync("the host writes snapshots", () => Written().Count >= before + 2, cancellationToken);
        _before = CountAfterAsync(surroundings.Settings.WarmUp, cancellationToken);
    }

    public async Task<IReadOnlyDictionary<string, double>> EndAsync(CancellationToken cancellationToken)
    {
        Match[] written = [.. Written().Skip(await _before)];
        _hosts.Writing.Signal(SnapshotHost.SigStop);
        DisturbanceException.ThrowUnless(written.Length > 0, "No snapshot was written.");
        return new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["snapshots written"] = written.Length,
            ["snapshot MB"] = Number(written[^1], "length") / 1e6,
            ["snapshot seconds, longest"] = written.Max(line => Number(line, "seconds")),
        };
    }

    private async Task<int> CountAfterAsync(TimeSpan warmUp, CancellationToken cancellationToken)
    {
        await Task.Delay(warmUp, cancellationToken);
        return Written().Count;
    }

    private MatchCollection Written() => WrittenLine().Matches(_hosts.Writing.Output);

    private static double Number(Match line, string group) => double.Parse(line.Groups[group].ValueSpan, provider: System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"snapshot \S+ written: (?<length>[0-9]+) bytes in (?<seconds>[0-9.]+) s", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WrittenLine();
}
