using System.Diagnostics.Metrics;

namespace PkiCore.Galera.Cluster;

/// <summary>What is known of the nodes, on the meter <c>PkiCore.Galera</c>; read from the view when somebody asks.</summary>
internal sealed class ClusterMetrics : IDisposable
{
    public const string MeterName = "PkiCore.Galera";

    private readonly ClusterState _cluster;

    public ClusterMetrics(IMeterFactory? meterFactory, ClusterState cluster)
    {
        _cluster = cluster;
        Meter = meterFactory?.Create(MeterName) ?? new Meter(MeterName);
        Meter.CreateObservableGauge("pkicore.galera.node.state", ObserveStates, unit: null, "1 for the state that a node is in, 0 for the others.");
        Meter.CreateObservableGauge("pkicore.galera.node.chosen", () => Each((view, node) => ReferenceEquals(view.Nearest, node) ? 1 : 0), unit: null, "1 for the node that is read.");
        Meter.CreateObservableGauge("pkicore.galera.node.round_trip", () => Each((_, node) => node.RoundTrip?.TotalSeconds), "s", "Smoothed time of the way to a node and back.");
        Meter.CreateObservableGauge("pkicore.galera.node.clock_offset", () => Each((_, node) => node.ClockOffset?.TotalSeconds), "s", "By how much a node's clock is ahead of this machine's.");
        Meter.CreateObservableGauge("pkicore.galera.node.lag", () => Each((_, node) => node.Lag), "{transaction}", "Transactions that a node is behind the first of its cluster.");
        Meter.CreateObservableGauge("pkicore.galera.node.receive_queue", () => Each((_, node) => node.ReceiveQueue), "{transaction}", "Transactions that a node has received and not applied yet.");
        Meter.CreateObservableGauge("pkicore.galera.node.flow_control_paused", () => Each((_, node) => node.FlowControlPaused), "1", "Share of the time in which replication stood still because a node could not follow.");
        Meter.CreateObservableCounter("pkicore.galera.node.failed_probes", ObserveFailedProbes, "{probe}", "Questions for its state that a node did not answer.");
        Meter.CreateObservableCounter("pkicore.galera.moves", () => _cluster.Moves, "{move}", "How often another node was chosen.");
        Meter.CreateObservableGauge("pkicore.galera.data_nodes", () => _cluster.View.DataNodeCount, "{node}", "Nodes with data in the primary component; arbitrators do not count.");
    }

    public Meter Meter { get; }

    public void Dispose() => Meter.Dispose();

    private IEnumerable<Measurement<int>> ObserveStates() =>
        from node in _cluster.View.Nodes
        from state in Enum.GetValues<NodeState>()
        select new Measurement<int>(node.State == state ? 1 : 0, Tag(node.Node.Name), KeyValuePair.Create<string, object?>("state", state.ToString()));

    private IEnumerable<Measurement<long>> ObserveFailedProbes() =>
        _cluster.FailedProbes().Select(node => new Measurement<long>(node.Failed, Tag(node.Name)));

    private IEnumerable<Measurement<double>> Each(Func<ClusterView, NodeView, double?> read)
    {
        ClusterView view = _cluster.View;
        return from node in view.Nodes
               let value = read(view, node)
               where value is not null
               select new Measurement<double>(value.Value, Tag(node.Node.Name));
    }

    private static KeyValuePair<string, object?> Tag(string node) => KeyValuePair.Create<string, object?>("node", node);
}
