using PkiCore.Galera.Cluster;

namespace PkiCore.Galera.Tests.Cluster;

public sealed class ClusterStateTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly EdgeLog _log = new();
    private readonly FakeNode[] _nodes = [new("node1"), new("node2"), new("node3")];
    private readonly ClusterState _state;
    private readonly GaleraOptions _options;

    public ClusterStateTests()
    {
        _options = new GaleraOptions { Nodes = [.. _nodes.Select(node => node.Node)], PreferredSegment = 0 };
        _state = new ClusterState(_options, _clock, new ClusterReport(_log, _options));
    }

    public void Dispose()
    {
        _log.Dispose();
        foreach (FakeNode node in _nodes)
        {
            node.Dispose();
        }
    }

    [Fact]
    public void Nothing_is_chosen_before_every_node_was_tried()
    {
        Answer(0, 5);
        Answer(1, 5);
        Assert.Null(_state.View.Nearest);
        Assert.Empty(_log.Lines);
        Fail(2);
        Assert.Equal("node1", _state.View.Nearest?.Node.Name);
        Assert.Equal([NodeState.Synced, NodeState.Synced, NodeState.Unreachable], _state.View.Nodes.Select(node => node.State));
    }

    [Fact]
    public void View_tells_what_the_nodes_said()
    {
        Answer(0, 5);
        Answer(1, 3, ("wsrep_last_committed", "1200"));
        Answer(2, 8, ("wsrep_incoming_addresses", "10.0.0.1:3306,,10.0.0.2:3306"));
        ClusterView view = _state.View;
        Assert.Equal("node2", view.Nearest?.Node.Name);
        Assert.Equal(Answers.Uuid, view.ClusterUuid);
        Assert.Equal(3, view.DataNodeCount);
        Assert.Null(view.Problem);
        Assert.Null(view.ClockProblem);
        Assert.Equal([0, 34, 0], view.Nodes.Select(node => node.Lag ?? -1));
        Assert.Equal(2, view.Nodes[2].DataNodeCount);
        Assert.Equal(TimeSpan.FromMilliseconds(3), view.Nearest?.RoundTrip);
        Assert.Equal(TimeSpan.Zero, view.Nearest?.ClockOffset);
    }

    [Fact]
    public void Reported_node_is_left_before_the_call_returns_and_stays_left_until_it_answers_what_it_is_asked_from_then_on()
    {
        AllAnswer(1, 5, 8);
        ProbeResult early = Answers.Result(_clock, 1);
        _clock.Advance(TimeSpan.FromMilliseconds(10));
        _state.Suspect(_nodes[0].Node, new TimeoutException("the answer did not come"));
        Assert.Equal("node2", _state.View.Nearest?.Node.Name);
        Assert.Contains("the answer did not come", _state.View.Nodes[0].Problem, StringComparison.Ordinal);

        _state.Apply(_state.Records[0], early); // asked before
        Assert.False(_state.View.Nodes[0].IsHealthy);
        Answer(0, 1);
        Assert.True(_state.View.Nodes[0].IsHealthy);
        Assert.True(_state.View.Nodes[0].IsPenalised);
        Assert.Equal("node2", _state.View.Nearest?.Node.Name);
    }

    [Fact]
    public void Only_node_is_read_again_as_soon_as_it_answers_although_it_is_penalised()
    {
        Answer(0, 1);
        Fail(1);
        Fail(2);
        _state.Suspect(_nodes[0].Node, new TimeoutException("late"));
        Assert.Null(_state.View.Nearest);
        Answer(0, 1);
        Assert.Equal("node1", _state.View.Nearest?.Node.Name);
        Assert.Contains("node2: connection refused", _state.View.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Node_that_fails_again_and_again_when_it_is_used_is_left_alone_for_two_seconds()
    {
        Answer(0, 1);
        Fail(1);
        Fail(2);
        foreach (int seconds in new[] { 0, 1, 2, 2, 2 })
        {
            _state.Suspect(_nodes[0].Node, new InvalidDataException("there is no such table"));
            if (seconds > 0)
            {
                Answer(0, 1);
                Assert.Null(_state.View.Nearest);
                _clock.Advance(TimeSpan.FromSeconds(seconds));
            }

            Answer(0, 1);
            Assert.Equal("node1", _state.View.Nearest?.Node.Name);
        }
    }

    [Fact]
    public void Reports_of_one_failure_are_one_penalty()
    {
        AllAnswer(1, 5, 8);
        for (int i = 0; i < 10; i++)
        {
            _state.Suspect(_nodes[0].Node, new TimeoutException("late"));
        }

        Fail(0);
        Answer(0, 1);
        _clock.Advance(TimeSpan.FromSeconds(2));
        AllAnswer(1, 5, 8);
        Assert.False(_state.View.Nodes[0].IsPenalised);
    }

    [Fact]
    public async Task Failed_probe_wakes_its_node_once()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        AllAnswer(1, 5, 8);
        Fail(0);
        Task woken = _state.Records[0].Wake.WaitAsync(TimeSpan.FromSeconds(1), cancellationToken);
        await woken;
        Fail(0);
        Task again = _state.Records[0].Wake.WaitAsync(TimeSpan.FromSeconds(1), cancellationToken);
        Assert.False(again.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await again;
    }

    [Fact]
    public void Nodes_of_another_cluster_are_not_read_and_the_problem_is_told()
    {
        Answer(0, 9);
        Answer(1, 9);
        Answer(2, 1, ("wsrep_cluster_state_uuid", Answers.OtherUuid));
        Assert.Equal("node1", _state.View.Nearest?.Node.Name);
        Assert.Equal(NodeState.OtherCluster, _state.View.Nodes[2].State);
        Assert.Contains("different clusters", _state.View.Problem, StringComparison.Ordinal);
        Assert.Single(_log.WithId(608));
        Answer(2, 1);
        Assert.Null(_state.View.Problem);
        Assert.Single(_log.WithId(609));
    }

    [Fact]
    public void Another_cluster_is_followed_loudly_when_ours_is_gone()
    {
        AllAnswer(1, 1, 1);
        Fail(0);
        Fail(1);
        Answer(2, 1, ("wsrep_cluster_state_uuid", Answers.OtherUuid));
        Assert.Null(_state.View.Nearest);
        _clock.Advance(TimeSpan.FromSeconds(11));
        Answer(2, 1, ("wsrep_cluster_state_uuid", Answers.OtherUuid));
        Assert.Equal("node3", _state.View.Nearest?.Node.Name);
        Assert.Contains(Answers.Uuid, Assert.Single(_log.WithId(610)), StringComparison.Ordinal);
    }

    [Fact]
    public void Donor_is_not_read_unless_it_may_be()
    {
        (string, string)[] donor = [("wsrep_local_state", "2"), ("wsrep_local_state_comment", "Donor/Desynced")];
        Answer(0, 1, donor);
        Answer(1, 9);
        Answer(2, 9);
        Assert.Equal("node2", _state.View.Nearest?.Node.Name);
        Assert.Contains("node1: gives its state to a node that joins", _state.View.Problem, StringComparison.Ordinal);

        GaleraOptions options = _options with { AllowDonor = true };
        var lenient = new ClusterState(options, _clock, new ClusterReport(_log, options));
        lenient.Apply(lenient.Records[0], Answers.Result(_clock, 1, donor));
        lenient.Apply(lenient.Records[1], Answers.Fault(_clock));
        lenient.Apply(lenient.Records[2], Answers.Fault(_clock));
        Assert.Equal("node1", lenient.View.Nearest?.Node.Name);
        lenient.Apply(lenient.Records[0], Answers.Result(_clock, 1, [.. donor, ("wsrep_ready", "OFF")]));
        Assert.Null(lenient.View.Nearest);
    }

    [Fact]
    public void Wrong_clock_of_the_node_that_is_read_is_a_problem()
    {
        Answer(0, 1, TimeSpan.FromSeconds(-7));
        Fail(1);
        Fail(2);
        Assert.Contains("node1 is 7.0 s behind this machine's", _state.View.ClockProblem, StringComparison.Ordinal);
        Assert.Single(_log.WithId(604));
        Assert.Single(_log.WithId(606));
        for (int i = 0; i < 8; i++)
        {
            Answer(0, 1);
        }

        Assert.Null(_state.View.ClockProblem);
        Assert.Single(_log.WithId(605));
        Assert.Single(_log.WithId(607));
    }

    [Fact]
    public void Node_with_a_wrong_clock_is_avoided_when_others_agree_with_us()
    {
        Answer(0, 1, TimeSpan.FromSeconds(60));
        Answer(1, 9);
        Answer(2, 9);
        Assert.Equal("node2", _state.View.Nearest?.Node.Name);
        Assert.Null(_state.View.ClockProblem);
        Assert.Contains("60.0 s ahead of this machine's", _state.View.Nodes[0].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Own_clock_is_suspected_when_most_nodes_differ_from_it()
    {
        Answer(0, 1, TimeSpan.FromSeconds(60));
        Answer(1, 2, TimeSpan.FromSeconds(60));
        Answer(2, 3, TimeSpan.FromSeconds(60));
        Assert.Contains("this machine's clock is likely wrong", _state.View.ClockProblem, StringComparison.Ordinal);
    }

    [Fact]
    public void Busy_node_counts_as_farther()
    {
        Answer(0, 2, ("wsrep_local_recv_queue", "5000"));
        Answer(1, 3);
        Answer(2, 9);
        Assert.Equal("node2", _state.View.Nearest?.Node.Name);
    }

    [Fact]
    public void Flow_control_is_the_share_since_the_last_answer()
    {
        AllAnswer(1, 1, 1);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Answer(0, 1, ("wsrep_flow_control_paused_ns", "501000000"));
        Assert.Equal(0.25, _state.View.Nodes[0].FlowControlPaused);
        Answer(1, 1);
        Assert.Equal(0, _state.View.Nodes[1].FlowControlPaused);
    }

    [Fact]
    public void Isolation_and_its_end_are_told()
    {
        AllAnswer(1, 5, 8);
        Fail(0);
        Fail(1);
        Answer(2, 1, ("wsrep_cluster_status", "non-Primary"));
        Assert.Null(_state.View.Nearest);
        Assert.StartsWith("no node can be read; node1: connection refused; ", _state.View.Problem, StringComparison.Ordinal);
        Assert.Equal(0, _state.View.DataNodeCount);
        Assert.Single(_log.WithId(602));
        Answer(1, 5);
        Assert.Equal("node2", _state.View.Nearest?.Node.Name);
        Assert.Single(_log.WithId(603));
    }

    [Fact]
    public void Changes_and_moves_are_told_once()
    {
        AllAnswer(1, 5, 8);
        AllAnswer(1, 5, 8);
        Fail(0);
        Fail(0);
        Assert.Equal(4, _log.WithId(600).Count);
        Assert.Equal(["node1 is read from now on, before none: it is the nearest, 1.0 ms away",
            "node2 is read from now on, before node1: node1: connection refused"], _log.WithId(601));
        Assert.Equal(2, _state.Moves);
        Assert.Equal([2, 0, 0], _state.FailedProbes().Select(node => node.Failed));
    }

    [Fact]
    public void Commits_that_may_be_lost_are_told_once_and_are_no_problem_of_the_cluster()
    {
        for (int i = 0; i < 3; i++)
        {
            foreach (NodeRecord record in _state.Records)
            {
                ProbeResult result = Answers.Result(_clock, 1);
                _state.Apply(record, result with { Settings = result.Settings! with { FlushLogAtCommit = record.Node.Name == "node3" ? 2 : 1 } });
            }
        }

        Assert.Null(_state.View.Problem);
        Assert.Contains("innodb_flush_log_at_trx_commit = 2", _state.View.Nodes[2].Problem, StringComparison.Ordinal);
        Assert.Single(_log.WithId(611));
    }

    [Fact]
    public async Task Waiting_for_another_view_ends_with_the_next_one()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        AllAnswer(1, 5, 8);
        ClusterView known = _state.View;
        Task waiting = _state.WaitForOtherViewAsync(known, cancellationToken);
        Assert.False(waiting.IsCompleted);
        Fail(0);
        await waiting;
        await _state.WaitForOtherViewAsync(known, cancellationToken); // was replaced before: returns at once
    }

    private void AllAnswer(params double[] milliseconds)
    {
        for (int i = 0; i < milliseconds.Length; i++)
        {
            Answer(i, milliseconds[i]);
        }
    }

    private void Answer(int node, double milliseconds, params (string Name, string Value)[] differences) =>
        _state.Apply(_state.Records[node], Answers.Result(_clock, milliseconds, differences));

    private void Answer(int node, double milliseconds, TimeSpan offset) =>
        _state.Apply(_state.Records[node], Answers.Result(_clock, milliseconds, offset));

    private void Fail(int node) => _state.Apply(_state.Records[node], Answers.Fault(_clock));
}
