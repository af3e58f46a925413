namespace PkiCore.Galera.Cluster;

/// <summary>Puts together what is learned about the nodes: whenever something is learned, there is a new view. Safe for use from several threads.</summary>
internal sealed class ClusterState
{
    private readonly Lock _lock = new();
    private readonly NodeChoice _choice;
    private readonly FollowedCluster _followed;
    private readonly GaleraOptions _options;
    private readonly ClusterReport _report;
    private readonly Published<ClusterView> _view = new(new ClusterView([], null, "the cluster has not been looked at yet"));
    private long _moves;

    public ClusterState(GaleraOptions options, TimeProvider timeProvider, ClusterReport report)
    {
        _options = options;
        _report = report;
        _choice = new NodeChoice(timeProvider);
        _followed = new FollowedCluster(timeProvider);
        Records = [.. options.Nodes.Select(node => new NodeRecord(node, timeProvider))];
    }

    public IReadOnlyList<NodeRecord> Records { get; }

    /// <summary>Replaced as a whole.</summary>
    public ClusterView View => _view.Value;

    /// <summary>How often another node was chosen.</summary>
    public long Moves => Volatile.Read(ref _moves);

    public IReadOnlyList<(string Name, long Failed)> FailedProbes()
    {
        lock (_lock)
        {
            return [.. Records.Select(record => (record.Node.Name, record.FailedProbes))];
        }
    }

    /// <summary>A node was asked.</summary>
    public void Apply(NodeRecord record, ProbeResult result)
    {
        lock (_lock)
        {
            record.Apply(result);
            Evaluate();
        }
    }

    /// <summary>Somebody who used a node had trouble with it.</summary>
    public void Suspect(GaleraNode node, Exception exception)
    {
        lock (_lock)
        {
            if (Records.FirstOrDefault(record => record.Node.Name == node.Name) is { } record)
            {
                string fault = ProbeFault.Describe(exception, _options.ProbeTimeout);
                if (record.Suspect($"failed while it was used: {fault}"))
                {
                    _report.Suspected(node, fault);
                }

                Evaluate();
            }
        }
    }

    public Task WaitForOtherViewAsync(ClusterView known, CancellationToken cancellationToken) => _view.WaitForOtherAsync(known, cancellationToken);

    private void Evaluate()
    {
        if (!Records.All(record => record.WasTried))
        {
            return; // to choose among the first that answer would be hasty
        }

        string followedBefore = _followed.Uuid;
        bool isOther = _followed.Update([.. Records.Where(IsWell).Select(record => record.Status!.ClusterUuid)]);
        List<NodeView> nodes = [.. Records.Select(ToView)];
        nodes = [.. nodes.Select(node => node with { Lag = Lag(node, nodes) })];

        ClusterView before = View;
        MoveReason reason = _choice.Choose([.. nodes.Where(node => node.IsHealthy).Select(node => NodeRank.Candidate(node, _options))]);
        NodeView? nearest = nodes.Find(node => node.Node.Name == _choice.Current);
        var view = new ClusterView(nodes, nearest, ClusterProblem.Of(nodes, nearest, _followed.Uuid))
        {
            ClockProblem = ClusterProblem.OfClock(nodes, nearest, _options),
            ClusterUuid = _followed.Uuid,
            DataNodeCount = CountDataNodes(nodes, nearest),
        };
        if (reason != MoveReason.None && nearest is not null)
        {
            Interlocked.Increment(ref _moves);
        }

        _report.Tell(before, view, reason, isOther ? followedBefore : null);
        _view.Set(view);
    }

    /// <summary>Whether it could be read if it is in the right cluster and nobody suspects it.</summary>
    private bool IsWell(NodeRecord record) =>
        record.Status is { IsReady: true, ClusterUuid.Length: > 0 } && (record.State == NodeState.Synced || (record.State == NodeState.Donor && _options.AllowDonor));

    private NodeView ToView(NodeRecord record)
    {
        NodeStatus? status = record.Status;
        bool isOther = status is { IsPrimary: true, ClusterUuid.Length: > 0 } && _followed.Uuid.Length > 0 && status.ClusterUuid != _followed.Uuid;
        NodeState state = isOther ? NodeState.OtherCluster : record.State;
        return new NodeView(record.Node, status?.ClusterUuid ?? "")
        {
            State = state,
            IsHealthy = IsWell(record) && !isOther && record.Fault is null,
            IsPenalised = record.IsPenalised,
            Problem = NodeProblem.Of(record, state, _followed.Uuid, _options),
            RoundTrip = status is null ? null : record.RoundTrip,
            RoundTripVariation = status is null ? null : record.RoundTripVariation,
            ClockOffset = record.ClockOffset,
            LastCommitted = status?.LastCommitted,
            FlushLogAtCommit = record.Settings?.FlushLogAtCommit,
            Segment = record.Settings?.Segment,
            ClusterSize = status?.ClusterSize,
            DataNodeCount = status is { IsPrimary: true } ? status.DataNodes.Count : null,
            ReceiveQueue = status?.ReceiveQueue,
            ReceiveQueueAverage = status?.ReceiveQueueAverage,
            FlowControlPaused = record.FlowControlPaused,
            Version = record.Settings?.Version ?? "",
        };
    }

    private static long? Lag(NodeView node, List<NodeView> nodes) =>
        nodes.Where(other => other.ClusterUuid == node.ClusterUuid).Max(other => other.LastCommitted) - node.LastCommitted;

    /// <summary>The node that is read knows best; without one, the largest number that a node of the cluster sees.</summary>
    private int CountDataNodes(List<NodeView> nodes, NodeView? nearest) =>
        nearest?.DataNodeCount ?? nodes.Where(node => node.ClusterUuid == _followed.Uuid).Max(node => node.DataNodeCount) ?? 0;
}
