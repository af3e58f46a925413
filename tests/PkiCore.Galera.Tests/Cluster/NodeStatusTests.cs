using PkiCore.Galera.Cluster;

namespace PkiCore.Galera.Tests.Cluster;

public sealed class NodeStatusTests
{
    [Fact]
    public void Healthy_node_is_synced_and_tells_all()
    {
        NodeStatus status = NodeStatus.Parse(Answers.Synced());

        Assert.Equal(NodeState.Synced, status.State);
        Assert.True(status.IsReady);
        Assert.True(status.IsPrimary);
        Assert.Equal(Answers.Uuid, status.ClusterUuid);
        Assert.Equal(3, status.ClusterSize);
        Assert.Equal(1234, status.LastCommitted);
        Assert.Equal(1_000_000, status.FlowControlPausedNanoseconds);
        Assert.Equal(7, status.ReceiveQueue);
        Assert.Equal(0.5, status.ReceiveQueueAverage);
        Assert.Equal(["10.0.0.1:3306", "10.0.0.2:3306", "10.0.0.3:3306"], status.DataNodes);
    }

    [Theory]
    [InlineData("10.0.0.1:3306,10.0.0.2:3306,", 2)]
    [InlineData(",10.0.0.1:3306, ,", 1)]
    [InlineData("AUTO,AUTO,AUTO", 3)]
    [InlineData("", 0)]
    public void Empty_addresses_are_arbitrators_and_do_not_count(string addresses, int count) =>
        Assert.Equal(count, NodeStatus.Parse(Answers.Synced(("wsrep_incoming_addresses", addresses))).DataNodes.Count);

    [Theory]
    [InlineData("Primary", "1", "OFF", (int)NodeState.Joining)]
    [InlineData("Primary", "2", "ON", (int)NodeState.Donor)]
    [InlineData("Primary", "2", "OFF", (int)NodeState.Donor)]
    [InlineData("Primary", "3", "ON", (int)NodeState.Joined)]
    [InlineData("Primary", "4", "ON", (int)NodeState.Synced)]
    [InlineData("Primary", "4", "OFF", (int)NodeState.NotReady)]
    [InlineData("Primary", "0", "ON", (int)NodeState.NotReady)]
    [InlineData("Primary", "", "ON", (int)NodeState.NotReady)]
    [InlineData("non-Primary", "4", "ON", (int)NodeState.NotPrimary)]
    [InlineData("non-Primary", "0", "OFF", (int)NodeState.NotPrimary)]
    [InlineData("Disconnected", "0", "OFF", (int)NodeState.NotPrimary)]
    [InlineData("", "4", "ON", (int)NodeState.NotReady)]
    public void State_follows_from_what_the_node_says(string clusterStatus, string localState, string ready, int expected) =>
        Assert.Equal((NodeState)expected, NodeStatus.Parse(Answers.Synced(("wsrep_cluster_status", clusterStatus), ("wsrep_local_state", localState), ("wsrep_ready", ready))).State);

    [Fact]
    public void Server_without_Galera_is_not_ready() => Assert.Equal(NodeState.NotReady, NodeStatus.Parse(new Dictionary<string, string>()).State);

    [Theory]
    [InlineData("18446744073709551615")]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("")]
    public void What_is_no_number_is_not_known(string value) => Assert.Null(NodeStatus.Parse(Answers.Synced(("wsrep_last_committed", value))).LastCommitted);

    [Fact]
    public void Node_that_never_joined_belongs_to_no_cluster() =>
        Assert.Equal("", NodeStatus.Parse(Answers.Synced(("wsrep_cluster_state_uuid", "00000000-0000-0000-0000-000000000000"))).ClusterUuid);

    [Theory]
    [InlineData("base_dir = /var/lib/mysql/; gmcast.segment = 2; gmcast.time_wait = PT5S; ", 2)]
    [InlineData("gmcast.segment=0", 0)]
    [InlineData("other.gmcast.segment = 7; gmcast.listen_addr = tcp://0.0.0.0:4567?gmcast.segment=3", null)]
    [InlineData("", null)]
    public void Segment_is_found_among_the_options(string options, int? segment) =>
        Assert.Equal(segment, NodeSettings.Parse(new Dictionary<string, string> { ["wsrep_provider_options"] = options }).Segment);

    [Fact]
    public void Settings_are_read()
    {
        var settings = NodeSettings.Parse(new Dictionary<string, string> { ["innodb_flush_log_at_trx_commit"] = "2", ["wsrep_desync"] = "ON", ["version"] = "10.11.14-MariaDB" });
        Assert.Equal(new NodeSettings(null, 2, true, "10.11.14-MariaDB"), settings);
    }
}
