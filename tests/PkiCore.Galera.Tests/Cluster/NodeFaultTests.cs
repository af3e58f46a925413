using System.Diagnostics;
using PkiCore.Galera.Cluster;

namespace PkiCore.Galera.Tests.Cluster;

/// <summary>What is seen of real nodes that break, and which one is read then.</summary>
[Collection(LabGroup.Name)]
public sealed class NodeFaultTests(LabFixture fixture)
{
    // One second until the next question, one for the answer; a busy machine needs some time to do anything about it.
    private static readonly TimeSpan s_left = TimeSpan.FromSeconds(3);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Healthy_cluster_tells_all()
    {
        Lab lab = await fixture.HealthyAsync(Token);
        await using WatchedLab watched = await WatchedLab.StartAsync(lab);
        Assert.All(watched.View.Nodes, node =>
        {
            Assert.Equal(NodeState.Synced, node.State);
            Assert.Null(node.Problem);
            Assert.Equal(3, node.ClusterSize);
            Assert.Equal(3, node.DataNodeCount);
            Assert.Equal(0, node.Segment);
            Assert.Equal(1, node.FlushLogAtCommit);
            Assert.Equal(watched.View.ClusterUuid, node.ClusterUuid);
            Assert.InRange(node.ClockOffset!.Value.Duration(), TimeSpan.Zero, TimeSpan.FromSeconds(0.5)); // one machine, one clock
            Assert.InRange(node.RoundTrip!.Value, TimeSpan.FromMicroseconds(20), TimeSpan.FromSeconds(1));
            Assert.Contains("MariaDB", node.Version, StringComparison.Ordinal);
        });
        Assert.Equal(3, watched.View.DataNodeCount);
        Assert.NotNull(watched.View.Nearest);
        Assert.Null(watched.View.Problem);
        Assert.Null(watched.View.ClockProblem);
    }

    [Fact]
    public async Task Killed_node_is_left_within_three_seconds_and_seen_when_it_is_back()
    {
        Lab lab = await fixture.HealthyAsync(Token);
        await using WatchedLab watched = await WatchedLab.StartAsync(lab);
        int read = watched.Nearest;
        long start = Stopwatch.GetTimestamp();
        await lab.KillAsync(read, Token);
        await IsLeftAsync(watched, read, start);
        await watched.BecomesAsync(read, NodeState.Unreachable);
        await watched.HoldsAsync("the others have noticed", () => watched.View.DataNodeCount == 2);
        Assert.Equal(1, watched.Metrics.Read()[$"pkicore.galera.node.state node={WatchedLab.Name(read)},state=Unreachable"]);
        Assert.Contains(watched.Log.WithId(601), line => line.Contains($"before {WatchedLab.Name(read)}: ", StringComparison.Ordinal));

        await lab.StartNodeAsync(read, Token);
        await watched.BecomesAsync(read, NodeState.Synced);
        await watched.HoldsAsync("all three are seen", () => watched.View is { DataNodeCount: 3, Problem: null });
    }

    [Fact]
    public async Task Stopped_node_is_left_and_seen_when_it_is_back()
    {
        Lab lab = await fixture.HealthyAsync(Token);
        await using WatchedLab watched = await WatchedLab.StartAsync(lab);
        int read = watched.Nearest;
        await lab.StopAsync(read, Token);
        await IsLeftAsync(watched, read, Stopwatch.GetTimestamp());
        await lab.StartNodeAsync(read, Token);
        await watched.BecomesAsync(read, NodeState.Synced);
        AssertOnlySyncedWasRead(watched);
    }

    [Fact]
    public async Task Node_that_hangs_is_left_within_three_seconds_while_the_others_are_asked_on()
    {
        Lab lab = await fixture.HealthyAsync(Token);
        await using WatchedLab watched = await WatchedLab.StartAsync(lab);
        int read = watched.Nearest;
        await lab.PauseAsync(read, Token);
        await IsLeftAsync(watched, read, Stopwatch.GetTimestamp());
        Assert.Contains("no answer within 1 s", watched.Node(read).Problem, StringComparison.Ordinal);
        double failed = watched.Metrics.Read()[$"pkicore.galera.node.failed_probes node={WatchedLab.Name(read)}"];
        Assert.InRange(failed, 1, double.MaxValue);
        await watched.HoldsAsync("the others were asked and have noticed", () => watched.View.Nearest?.ClusterSize == 2);
        await lab.ResumeAsync(read, Token);
        await watched.BecomesAsync(read, NodeState.Synced);
    }

    [Fact]
    public async Task Node_on_the_minority_side_is_left_although_it_answers()
    {
        Lab lab = await fixture.HealthyAsync(Token);
        await using WatchedLab watched = await WatchedLab.StartAsync(lab);
        int read = watched.Nearest;
        await lab.PartitionAsync(read, Token);
        await watched.BecomesAsync(read, NodeState.NotPrimary);
        Assert.NotEqual(0, watched.Nearest);
        Assert.NotEqual(read, watched.Nearest);
        Assert.Contains("cut off from the majority", watched.Node(read).Problem, StringComparison.Ordinal);
        await watched.HoldsAsync("the majority counts itself", () => watched.View.DataNodeCount == 2);

        // Also whoever comes anew sees what it is.
        await using (WatchedLab other = await WatchedLab.StartAsync(lab))
        {
            Assert.Equal(NodeState.NotPrimary, other.Node(read).State);
        }

        await lab.HealAsync(Token);
        await watched.BecomesAsync(read, NodeState.Synced);
        AssertOnlySyncedWasRead(watched);
    }

    [Fact]
    public async Task Donor_of_a_state_transfer_is_not_read()
    {
        Lab lab = await fixture.HealthyAsync(Token);
        await using WatchedLab watched = await WatchedLab.StartAsync(lab);
        await lab.WipeAsync(3, Token);
        await lab.StartNodeAsync(3, Token);
        await watched.BecomesAsync(3, NodeState.Synced);
        Assert.Contains(watched.Views, view => view.Nodes.Any(node => node.State == NodeState.Donor));
        AssertOnlySyncedWasRead(watched);
        Assert.Contains(watched.Log.WithId(600), line => line.Contains("is Donor, was Synced", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Choice_moves_to_the_nearest_node_but_not_at_once()
    {
        Lab lab = await fixture.HealthyAsync(Token);
        await using WatchedLab watched = await WatchedLab.StartAsync(lab);
        int read = watched.Nearest;
        long start = Stopwatch.GetTimestamp();
        await lab.DelayAsync(read, TimeSpan.FromMilliseconds(100), Token);
        await watched.HoldsAsync("a nearer node is read", () => watched.Nearest != read);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30));
        Assert.Equal(NodeState.Synced, watched.Node(read).State);
        Assert.True(watched.Node(read).RoundTrip > watched.View.Nearest!.RoundTrip);
        Assert.Contains(watched.Log.WithId(601), line => line.Contains("it is better for some time already", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Loss_of_all_nodes_is_isolation_and_ends_with_the_first_that_is_back()
    {
        Lab lab = await fixture.HealthyAsync(Token);
        await using WatchedLab watched = await WatchedLab.StartAsync(lab);
        foreach (int node in lab.Nodes)
        {
            await lab.KillAsync(node, Token);
        }

        await watched.HoldsAsync("there is none", () => watched.View.Nearest is null);
        Assert.StartsWith("no node can be read; node1: ", watched.View.Problem, StringComparison.Ordinal);
        await watched.HoldsAsync("it is told", () => watched.Log.WithId(602).Count > 0);
        await lab.BootstrapAsync(2, Token, force: true);
        await watched.HoldsAsync("node 2 is read", () => watched.Nearest == 2);
        Assert.NotEmpty(watched.Log.WithId(603));
        Assert.Empty(watched.Log.WithId(610)); // it is the same cluster
    }

    [Fact]
    public async Task Node_with_a_certificate_of_another_CA_is_not_reached()
    {
        Lab lab = await fixture.HealthyAsync(Token);
        await lab.ShowCertificateAsync(2, LabCertificate.OtherCa, Token);
        await using WatchedLab watched = await WatchedLab.StartAsync(lab);
        Assert.Equal(NodeState.Unreachable, watched.Node(2).State);
        Assert.Contains("certificate", watched.Node(2).Problem, StringComparison.OrdinalIgnoreCase);
        Assert.NotNull(watched.View.Nearest);
        await lab.ShowCertificateAsync(2, LabCertificate.Good, Token);
        await watched.BecomesAsync(2, NodeState.Synced);
    }

    [Fact]
    public async Task Arbitrator_does_not_count_as_a_node_with_data()
    {
        await using Lab lab = await Lab.StartAsync(arbitrator: true, Token);
        await using WatchedLab watched = await WatchedLab.StartAsync(lab);
        Assert.Equal(3, watched.View.Nearest?.ClusterSize);
        Assert.Equal(2, watched.View.DataNodeCount);
        Assert.Equal(2, watched.Metrics.Read()["pkicore.galera.data_nodes "]);
    }

    private static async Task IsLeftAsync(WatchedLab watched, int read, long since)
    {
        await watched.HoldsAsync("another node is read", () => watched.Nearest != read && watched.Nearest != 0);
        TimeSpan took = Stopwatch.GetElapsedTime(since);
        TestContext.Current.TestOutputHelper?.WriteLine($"left after {took.TotalSeconds:0.00} s");
        Assert.InRange(took, TimeSpan.Zero, s_left);
    }

    private static void AssertOnlySyncedWasRead(WatchedLab watched) =>
        Assert.All(watched.Views.Where(view => view.Nearest is not null), view => Assert.Equal(NodeState.Synced, view.Nearest!.State));
}
