using System.Collections.Concurrent;
using PkiCore.Galera.Cluster;

namespace PkiCore.Galera.Tests.Cluster;

/// <summary>The lab's nodes as a cluster under watch, and everything that the view said meanwhile.</summary>
internal sealed class WatchedLab : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<ClusterView> _views = new();
    private readonly List<GaleraNode> _nodes;
    private readonly Task _recording;

    private WatchedLab(Lab lab)
    {
        _nodes = [.. lab.Nodes.Select(node => LabConnections.Node(lab, node, "admin"))];
        Cluster = new GaleraCluster(new GaleraOptions { Nodes = _nodes }, loggerFactory: Log);
        Metrics = new SeenMetrics(Cluster);
        _recording = Task.Run(RecordAsync);
    }

    public GaleraCluster Cluster { get; }

    public EdgeLog Log { get; } = new();

    public SeenMetrics Metrics { get; }

    public ClusterView View => Cluster.View;

    /// <summary>All views until now.</summary>
    public IReadOnlyCollection<ClusterView> Views => _views;

    /// <summary>The number of the node that is read.</summary>
    public int Nearest => _nodes.FindIndex(node => node == View.Nearest?.Node) + 1;

    public static async Task<WatchedLab> StartAsync(Lab lab)
    {
        var watched = new WatchedLab(lab);
        await watched.Cluster.StartAsync(TestContext.Current.CancellationToken);
        return watched;
    }

    public static string Name(int node) => $"node{node}";

    public NodeView Node(int node) => View.Nodes[node - 1];

    public Task<TimeSpan> BecomesAsync(int node, NodeState state) => HoldsAsync($"node {node} is {state}", () => Node(node).State == state);

    public Task<TimeSpan> HoldsAsync(string what, Func<bool> condition) =>
        Eventually.HoldsAsync(what, () => Task.FromResult(condition()), s_limit, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _recording.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Metrics.Dispose();
        await Cluster.DisposeAsync();
        foreach (GaleraNode node in _nodes)
        {
            await node.DataSource.DisposeAsync();
        }

        Log.Dispose();
        _stopping.Dispose();
    }

    private async Task RecordAsync()
    {
        while (true)
        {
            ClusterView view = View;
            _views.Enqueue(view);
            await Cluster.WaitForOtherViewAsync(view, _stopping.Token);
        }
    }
}
