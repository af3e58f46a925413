using System.Diagnostics;
using System.Net.Sockets;

namespace PkiCore.Galera.Tests;

/// <summary>That the lab's faults are what their names say, and that it comes back from each.</summary>
[Collection(LabGroup.Name)]
public sealed class LabFaultTests(LabFixture fixture)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Row_written_to_one_node_is_read_from_the_others()
    {
        Lab lab = await fixture.HealthyAsync(Cancellation);
        await CreateTableAsync(lab);
        Assert.Equal("1", await CountAsync(lab, 2));
        Assert.Equal("1", await CountAsync(lab, 3));
    }

    [Fact]
    public async Task Killed_node_comes_back_with_what_it_missed()
    {
        Lab lab = await fixture.HealthyAsync(Cancellation);
        await CreateTableAsync(lab);
        await lab.KillAsync(3, Cancellation);
        await SizeBecomesAsync(lab, 1, "2");
        await lab.SqlAsync(1, "INSERT INTO pkicore.lab VALUES (2)", Cancellation);
        await lab.StartNodeAsync(3, Cancellation);
        Assert.Equal("2", await CountAsync(lab, 3));
    }

    [Fact]
    public async Task Node_that_is_cut_off_answers_this_machine_but_is_not_primary()
    {
        Lab lab = await fixture.HealthyAsync(Cancellation);
        await lab.PartitionAsync(3, Cancellation);
        await Eventually.HoldsAsync(
            "node 3 has lost the primary component",
            async () => await lab.WsrepAsync(3, "wsrep_cluster_status", Cancellation) == "non-Primary",
            s_limit,
            Cancellation);
        ToolResult asked = await LabClient.WhoAmIAsync(lab, 3, "admin", "admin");
        Assert.Equal("admin@%", asked.Output.Trim());
        ToolException refused = await Assert.ThrowsAsync<ToolException>(() => lab.SqlAsync(3, "SELECT COUNT(*) FROM mysql.user", Cancellation));
        Assert.Contains("ERROR 1047", refused.Message, StringComparison.Ordinal);
        await SizeBecomesAsync(lab, 1, "2");

        await lab.HealAsync(Cancellation);
        await SizeBecomesAsync(lab, 3, "3");
    }

    [Fact]
    public async Task Isolated_node_is_not_reached_by_this_machine_either()
    {
        Lab lab = await fixture.HealthyAsync(Cancellation);
        await lab.IsolateAsync(3, Cancellation);
        using var socket = new TcpClient();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => socket.ConnectAsync(lab.Address(3), Lab.Port, limit.Token).AsTask());
    }

    [Fact]
    public async Task Paused_node_is_missed_by_the_others()
    {
        Lab lab = await fixture.HealthyAsync(Cancellation);
        await lab.PauseAsync(2, Cancellation);
        await SizeBecomesAsync(lab, 1, "2");
        await lab.ResumeAsync(2, Cancellation);
        await SizeBecomesAsync(lab, 2, "3");
    }

    [Fact]
    public async Task Delay_makes_round_trips_to_one_node_longer()
    {
        Lab lab = await fixture.HealthyAsync(Cancellation);
        await lab.DelayAsync(3, TimeSpan.FromMilliseconds(40), Cancellation);
        Assert.True(await ShortestConnectAsync(lab, 3) >= TimeSpan.FromMilliseconds(40));
        Assert.True(await ShortestConnectAsync(lab, 2) < TimeSpan.FromMilliseconds(40));
        await lab.DelayAsync(3, TimeSpan.Zero, Cancellation);
        Assert.True(await ShortestConnectAsync(lab, 3) < TimeSpan.FromMilliseconds(40));
    }

    [Fact]
    public async Task Wiped_node_fetches_everything()
    {
        Lab lab = await fixture.HealthyAsync(Cancellation);
        await CreateTableAsync(lab);
        await lab.WipeAsync(2, Cancellation);
        await lab.StartNodeAsync(2, Cancellation);
        Assert.Equal("1", await CountAsync(lab, 2));
    }

    [Fact]
    public async Task Cluster_without_quorum_is_repaired_with_its_data()
    {
        Lab lab = await fixture.HealthyAsync(Cancellation);
        await CreateTableAsync(lab);
        foreach (int node in lab.Nodes)
        {
            await lab.KillAsync(node, Cancellation);
        }

        lab = await fixture.HealthyAsync(Cancellation);
        Assert.All(await Task.WhenAll(lab.Nodes.Select(node => CountAsync(lab, node))), count => Assert.Equal("1", count));
    }

    [Fact]
    public async Task Restored_cluster_lacks_what_was_written_after_the_backup()
    {
        Lab lab = await fixture.HealthyAsync(Cancellation);
        await CreateTableAsync(lab);
        await lab.BackupAsync(2, Cancellation);
        await lab.SqlAsync(1, "INSERT INTO pkicore.lab VALUES (2)", Cancellation);
        await lab.RestoreAsync(Cancellation);
        Assert.All(await Task.WhenAll(lab.Nodes.Select(node => CountAsync(lab, node))), count => Assert.Equal("1", count));
    }

    [Fact]
    public async Task Arbitrator_keeps_one_node_of_two_primary()
    {
        await using Lab lab = await Lab.StartAsync(arbitrator: true, Cancellation);
        await lab.KillAsync(2, Cancellation);
        await SizeBecomesAsync(lab, 1, "2");
        Assert.Equal("Primary", await lab.WsrepAsync(1, "wsrep_cluster_status", Cancellation));
        await lab.RepairAsync(Cancellation);
        await SizeBecomesAsync(lab, 2, "3");
    }

    /// <summary>A new table with one row, on all nodes.</summary>
    private static Task<string> CreateTableAsync(Lab lab) =>
        lab.SqlAsync(1, "CREATE OR REPLACE TABLE pkicore.lab (id INT PRIMARY KEY); INSERT INTO pkicore.lab VALUES (1)", Cancellation);

    private static async Task<string> CountAsync(Lab lab, int node) =>
        (await lab.SqlAsync(node, "SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*) FROM pkicore.lab", Cancellation)).Trim();

    private static Task<TimeSpan> SizeBecomesAsync(Lab lab, int node, string size) => Eventually.HoldsAsync(
        $"node {node} sees {size} members",
        async () => await lab.WsrepAsync(node, "wsrep_cluster_size", Cancellation) == size,
        s_limit,
        Cancellation);

    /// <summary>The shortest of several: a busy machine makes single ones long.</summary>
    private static async Task<TimeSpan> ShortestConnectAsync(Lab lab, int node)
    {
        TimeSpan shortest = TimeSpan.MaxValue;
        for (int i = 0; i < 10; i++)
        {
            using var socket = new TcpClient();
            long start = Stopwatch.GetTimestamp();
            await socket.ConnectAsync(lab.Address(node), Lab.Port, Cancellation);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            shortest = elapsed < shortest ? elapsed : shortest;
        }

        return shortest;
    }
}
