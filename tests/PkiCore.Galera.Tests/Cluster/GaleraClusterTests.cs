using System.Diagnostics;
using PkiCore.Galera.Cluster;

namespace PkiCore.Galera.Tests.Cluster;

/// <summary>The watch as a whole, on nodes that are not there.</summary>
public sealed class GaleraClusterTests : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(250);

    private readonly EdgeLog _log = new();
    private readonly FakeNode[] _nodes = [new("node1"), new("node2"), new("node3")];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _log.Dispose();
        foreach (FakeNode node in _nodes)
        {
            node.Dispose();
        }
    }

    [Fact]
    public async Task Every_node_was_tried_when_the_start_returns()
    {
        _nodes[1].Behaviour = Behaviour.Refuses;
        await using GaleraCluster cluster = Create();
        await cluster.StartAsync(Token);
        Assert.Equal([NodeState.Synced, NodeState.Unreachable, NodeState.Synced], cluster.View.Nodes.Select(node => node.State));
        Assert.NotNull(cluster.View.Nearest);
    }

    [Theory]
    [InlineData((int)Behaviour.HangsConnecting)]
    [InlineData((int)Behaviour.HangsAnswering)]
    [InlineData((int)Behaviour.Blocks)]
    public async Task Node_that_hangs_delays_nobody(int behaviour)
    {
        _nodes[0].Behaviour = (Behaviour)behaviour;
        await using GaleraCluster cluster = Create();
        await cluster.StartAsync(Token);
        Assert.Equal(NodeState.Unreachable, cluster.View.Nodes[0].State);
        Assert.Contains("no answer within 0.25 s", cluster.View.Nodes[0].Problem, StringComparison.Ordinal);
        Assert.NotNull(cluster.View.Nearest);

        // The others are still asked at their interval.
        _nodes[1].Status = Answers.Synced(("wsrep_last_committed", "5000"));
        await Eventually.HoldsAsync("node2 is asked", () => cluster.View.Nodes[1].LastCommitted == 5000, Token);
        _nodes[0].Unblock();
        await Eventually.HoldsAsync("node1 is well", () => cluster.View.Nodes[0].State == NodeState.Synced, Token);
        Assert.Equal(behaviour == (int)Behaviour.Blocks, _log.WithId(612).Count > 0);
    }

    [Fact]
    public async Task Node_that_hangs_while_it_is_read_is_left_within_the_interval_and_the_time_limit()
    {
        await using GaleraCluster cluster = Create();
        await cluster.StartAsync(Token);
        GaleraNode read = cluster.View.Nearest!.Node;
        _nodes.Single(node => node.Node == read).Behaviour = Behaviour.HangsAnswering;
        TimeSpan took = await Eventually.HoldsAsync("it is left", () => cluster.View.Nearest is { } nearest && nearest.Node != read, Token);
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(2)); // 0.3 s, and a busy machine
    }

    [Fact]
    public async Task Node_that_takes_no_statements_is_not_in_the_primary_component()
    {
        _nodes[2].Behaviour = Behaviour.NotPrepared;
        await using GaleraCluster cluster = Create();
        await cluster.StartAsync(Token);
        Assert.Equal(NodeState.NotPrimary, cluster.View.Nodes[2].State);
        Assert.Contains("cut off from the majority", cluster.View.Nodes[2].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reported_node_is_asked_at_once_and_the_connection_is_kept()
    {
        await using GaleraCluster cluster = Create(TimeSpan.FromMinutes(1));
        await cluster.StartAsync(Token);
        GaleraNode node = cluster.View.Nearest!.Node;
        cluster.ReportFailure(node, new TimeoutException("late"));
        Assert.NotEqual(node, cluster.View.Nearest?.Node);
        Assert.Single(_log.WithId(613));
        Assert.False(cluster.View.Nodes.Single(view => view.Node == node).IsHealthy);

        // The shortest pause is a tenth of the interval: with this one it would be six seconds.
        await using GaleraCluster quick = Create(TimeSpan.FromSeconds(4));
        await quick.StartAsync(Token);
        long start = Stopwatch.GetTimestamp();
        quick.ReportFailure(node, new TimeoutException("late"));
        await Eventually.HoldsAsync("it has answered", () => quick.View.Nodes.Single(view => view.Node == node).IsHealthy, Token);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(3));
        Assert.All(_nodes, each => Assert.Equal(2, each.Opened)); // one for each cluster
    }

    [Fact]
    public async Task No_connection_is_left_open_whatever_the_nodes_do()
    {
        await using (GaleraCluster cluster = Create())
        {
            await cluster.StartAsync(Token);
            Assert.All(_nodes, node => Assert.Equal(1, node.Open));
            foreach (Behaviour behaviour in new[] { Behaviour.HangsAnswering, Behaviour.Refuses, Behaviour.NotPrepared, Behaviour.HangsConnecting, Behaviour.Well })
            {
                _nodes[0].Behaviour = behaviour;
                NodeState expected = behaviour switch { Behaviour.Well => NodeState.Synced, Behaviour.NotPrepared => NodeState.NotPrimary, _ => NodeState.Unreachable };
                await Eventually.HoldsAsync($"{behaviour} shows", () => cluster.View.Nodes[0].State == expected, Token);
                Assert.InRange(_nodes[0].Open, 0, 1);
            }

            _nodes[1].Behaviour = Behaviour.HangsAnswering;
            _nodes[2].Behaviour = Behaviour.HangsConnecting;
        }

        Assert.All(_nodes, node => Assert.Equal(0, node.Open));
    }

    [Fact]
    public async Task Cluster_that_was_never_started_can_be_disposed_and_a_disposed_one_cannot_be_started()
    {
        GaleraCluster cluster = Create();
        await cluster.DisposeAsync();
        await cluster.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => cluster.StartAsync(Token));
    }

    [Fact]
    public async Task Metrics_tell_what_the_view_tells()
    {
        _nodes[0].Behaviour = Behaviour.Refuses;
        await using GaleraCluster cluster = Create();
        await cluster.StartAsync(Token);
        using var metrics = new SeenMetrics(cluster);
        string chosen = cluster.View.Nearest!.Node.Name;
        Dictionary<string, double> seen = metrics.Read();
        Assert.Equal(1, seen["pkicore.galera.node.state node=node1,state=Unreachable"]);
        Assert.Equal(0, seen["pkicore.galera.node.state node=node1,state=Synced"]);
        Assert.Equal(1, seen["pkicore.galera.node.state node=node2,state=Synced"]);
        Assert.Equal(1, seen[$"pkicore.galera.node.chosen node={chosen}"]);
        Assert.Equal(0, seen["pkicore.galera.node.chosen node=node1"]);
        Assert.Equal(3, seen["pkicore.galera.data_nodes "]);
        Assert.Equal(1, seen["pkicore.galera.moves "]);
        Assert.InRange(seen["pkicore.galera.node.failed_probes node=node1"], 1, double.MaxValue);
        Assert.Equal(7, seen["pkicore.galera.node.receive_queue node=node2"]);
        Assert.Equal(0, seen["pkicore.galera.node.lag node=node3"]);
        Assert.InRange(seen["pkicore.galera.node.round_trip node=node2"], 0, 0.25);
        Assert.InRange(seen["pkicore.galera.node.clock_offset node=node3"], -1, 1);
        Assert.DoesNotContain("pkicore.galera.node.round_trip node=node1", seen.Keys);
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new GaleraCluster(new GaleraOptions { Nodes = [] }));
        Assert.Throws<ArgumentException>(() => new GaleraCluster(new GaleraOptions { Nodes = [_nodes[0].Node, _nodes[0].Node] }));
        Assert.Throws<ArgumentException>(() => new GaleraCluster(new GaleraOptions { Nodes = [_nodes[0].Node], ProbeInterval = TimeSpan.Zero }));
        Assert.Throws<ArgumentException>(() => new GaleraCluster(new GaleraOptions { Nodes = [_nodes[0].Node], ProbeTimeout = TimeSpan.Zero }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(50)]
    [InlineData(100L * 24 * 3600 * 1000)]
    public void Interval_at_which_no_reading_could_go_on_is_refused(long milliseconds)
    {
        var interval = TimeSpan.FromMilliseconds(milliseconds);
        GaleraOptions options = new() { Nodes = [_nodes[0].Node] };
        Assert.Throws<ArgumentException>(() => new GaleraCluster(options with { ReadInterval = interval }));
        if (milliseconds != 50)
        {
            Assert.Throws<ArgumentException>(() => new GaleraCluster(options with { CausalTimeout = interval }));
            Assert.Throws<ArgumentException>(() => new GaleraCluster(options with { MaxClockOffset = interval }));
            Assert.Throws<ArgumentException>(() => new GaleraCluster(options with { ProbeInterval = interval }));
        }
    }

    private GaleraCluster Create(TimeSpan? interval = null) =>
        new(new GaleraOptions { Nodes = [.. _nodes.Select(node => node.Node)], ProbeInterval = interval ?? s_interval, ProbeTimeout = s_timeout }, loggerFactory: _log);
}
