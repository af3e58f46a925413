using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PkiCore.LoadTest.Scenarios.Hosts;
using PkiCore.Testing;

namespace PkiCore.LoadTest.Scenarios.Disturbances;

/// <summary>
/// A snapshot is written while hits are measured. That takes a change of the index, and the reading of a million lines is another matter: so the change
/// comes soon after a snapshot, and hits begin when it has been read and the next snapshot is about to be due.
/// </summary>
internal sealed partial class SnapshotWriting(Surroundings surroundings) : IDisturbance
{
    /// <summary>The host looks once a second whether a snapshot is due.</summary>
    public static readonly TimeSpan MinLength = TimeSpan.FromSeconds(3);

    /// <summary>How long before a snapshot is due hits are measured.</summary>
    private static readonly TimeSpan s_lead = TimeSpan.FromSeconds(0.5);

    private readonly FileHost _host = (FileHost)surroundings.Host;
    private int _before;

    /// <summary>Between two snapshots there has to be time to read the index, which is done several times when it has just changed.</summary>
    public static TimeSpan Interval(ScenarioSettings settings) => TimeSpan.FromSeconds(settings.IsQuick ? 6 : 15);

    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        int written = Written().Count;
        _host.Authority.Issue();
        await Eventually.HoldsAsync("a snapshot is written", () => Written().Count > written, cancellationToken);
        long writtenAt = Stopwatch.GetTimestamp();
        _host.Authority.Issue();
        await Eventually.HoldsAsync("the index has been read", async () => await CountCertificatesAsync(cancellationToken) >= _host.Authority.Certificates, cancellationToken);
        await _host.WaitUntilCalmAsync(cancellationToken);
        _before = Written().Count;
        TimeSpan wait = Interval(surroundings.Settings) - s_lead - surroundings.Hits.WarmUp - Stopwatch.GetElapsedTime(writtenAt);
        DisturbanceException.ThrowUnless(wait > TimeSpan.Zero, "The host takes too long to read its index: the next snapshot would be written before hits are measured.");
        await Task.Delay(wait, cancellationToken);
    }

    public Task<IReadOnlyDictionary<string, double>> EndAsync(CancellationToken cancellationToken)
    {
        Match[] written = [.. Written().Skip(_before)];
        DisturbanceException.ThrowUnless(written.Length > 0, "No snapshot was written.");
        return Task.FromResult<IReadOnlyDictionary<string, double>>(new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["snapshots written"] = written.Length,
            ["snapshot MB"] = Number(written[^1], "length") / 1e6,
            ["snapshot seconds"] = Number(written[^1], "seconds"),
        });
    }

    public void Dispose()
    {
        // Nothing runs beside: it is the host that writes.
    }

    private async Task<int> CountCertificatesAsync(CancellationToken cancellationToken)
    {
        (_, string body) = await _host.Process.GetAsync("healthz", cancellationToken);
        return (int)JsonNode.Parse(body)!["issuers"]![0]!["certificates"]!;
    }

    private MatchCollection Written() => WrittenLine().Matches(_host.Process.Output);

    private static double Number(Match line, string group) => double.Parse(line.Groups[group].ValueSpan, provider: System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"snapshot \S+ written: (?<length>[0-9]+) bytes in (?<seconds>[0-9.]+) s", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WrittenLine();
}
