using System.Diagnostics;
using PkiCore.LoadTest.Scenarios.Hosts;
using PkiCore.Testing;

namespace PkiCore.LoadTest.Scenarios.Disturbances;

/// <summary>The node that the host reads from is killed a while after hits have begun.</summary>
internal sealed class NodeFailover(Surroundings surroundings) : IDisturbance
{
    private const double KilledAfter = 0.25;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly LabHost _host = (LabHost)surroundings.Host;
    private readonly CancellationTokenSource _stop = new();
    private Task<TimeSpan> _killing = Task.FromResult(TimeSpan.Zero);

    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        await Eventually.HoldsAsync("the host reads from a node", async () => await _host.ReadNodeAsync(cancellationToken) is not null, s_patience, cancellationToken);
        _killing = KillAsync(_stop.Token);
    }

    /// <summary>Brings the cluster back as well.</summary>
    public async Task<IReadOnlyDictionary<string, double>> EndAsync(CancellationToken cancellationToken)
    {
        bool isInTime = _killing.IsCompleted;
        TimeSpan moved = await _killing;
        await _host.Lab.RepairAsync(cancellationToken);
        await _host.WaitUntilCalmAsync(cancellationToken);
        DisturbanceException.ThrowUnless(isInTime || surroundings.Settings.IsQuick, "No other node was read until the end of the turn.");
        return new Dictionary<string, double>(StringComparer.Ordinal) { ["seconds until another node was read"] = moved.TotalSeconds };
    }

    /// <summary>No node may be killed while the cluster, which is the host's, is being ended.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        Task.WaitAny(_killing);
        _stop.Dispose();
    }

    private async Task<TimeSpan> KillAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(surroundings.Hits.WarmUp + (surroundings.Hits.Duration * KilledAfter), cancellationToken);
        int node = await _host.ReadNodeAsync(cancellationToken) ?? throw new DisturbanceException("The host reads from no node.");
        await _host.Lab.KillAsync(node, cancellationToken);
        long killed = Stopwatch.GetTimestamp();
        await Eventually.HoldsAsync("another node is read", async () => await _host.ReadNodeAsync(cancellationToken) is { } other && other != node, s_patience, cancellationToken);
        return Stopwatch.GetElapsedTime(killed);
    }
}
