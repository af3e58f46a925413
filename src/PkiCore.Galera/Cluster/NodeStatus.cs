using System.Globalization;

namespace PkiCore.Galera.Cluster;

/// <summary>What a node said of itself: SHOW GLOBAL STATUS, as far as it is of use. What is missing or makes no sense is <see langword="null"/>.</summary>
internal sealed record NodeStatus
{
    private const string NoCluster = "00000000-0000-0000-0000-000000000000";
    private const int DonorState = 2;

    /// <summary>The statement whose rows are parsed.</summary>
    public const string Statement =
        "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_cluster_status', 'wsrep_local_state', 'wsrep_local_state_comment', 'wsrep_cluster_size', " +
        "'wsrep_cluster_state_uuid', 'wsrep_last_committed', 'wsrep_flow_control_paused_ns', 'wsrep_local_recv_queue', " +
        "'wsrep_local_recv_queue_avg', 'wsrep_incoming_addresses')";

    public bool IsReady { get; init; }

    /// <summary>wsrep_cluster_status: Primary, non-Primary or Disconnected; empty when the server knows nothing of Galera.</summary>
    public string ClusterStatus { get; init; } = "";

    /// <summary>wsrep_local_state: 1 joining, 2 donor or desynced, 3 joined, 4 synced.</summary>
    public int? LocalState { get; init; }

    public string LocalStateComment { get; init; } = "";

    public int? ClusterSize { get; init; }

    /// <summary>Empty when the node belongs to none yet.</summary>
    public string ClusterUuid { get; init; } = "";

    public long? LastCommitted { get; init; }

    /// <summary>How long replication stood still since the server began to count.</summary>
    public long? FlowControlPausedNanoseconds { get; init; }

    public long? ReceiveQueue { get; init; }

    public double? ReceiveQueueAverage { get; init; }

    /// <summary>wsrep_incoming_addresses without the empty ones, which are arbitrators.</summary>
    public IReadOnlyList<string> DataNodes { get; init; } = [];

    public bool IsPrimary => string.Equals(ClusterStatus, "Primary", StringComparison.OrdinalIgnoreCase);

    /// <summary>What that amounts to, whichever cluster it is in.</summary>
    public NodeState State => LocalState switch
    {
        _ when ClusterStatus.Length == 0 => NodeState.NotReady,
        _ when !IsPrimary => NodeState.NotPrimary,
        1 => NodeState.Joining,
        DonorState => NodeState.Donor,
        3 => NodeState.Joined,
        4 when IsReady => NodeState.Synced,
        _ => NodeState.NotReady,
    };

    public static NodeStatus Parse(IReadOnlyDictionary<string, string> values)
    {
        string uuid = Text(values, "wsrep_cluster_state_uuid");
        return new NodeStatus
        {
            IsReady = string.Equals(Text(values, "wsrep_ready"), "ON", StringComparison.OrdinalIgnoreCase),
            ClusterStatus = Text(values, "wsrep_cluster_status"),
            LocalState = (int?)Number(values, "wsrep_local_state"),
            LocalStateComment = Text(values, "wsrep_local_state_comment"),
            ClusterSize = (int?)Number(values, "wsrep_cluster_size"),
            ClusterUuid = uuid == NoCluster ? "" : uuid,
            LastCommitted = Number(values, "wsrep_last_committed"),
            FlowControlPausedNanoseconds = Number(values, "wsrep_flow_control_paused_ns"),
            ReceiveQueue = Number(values, "wsrep_local_recv_queue"),
            ReceiveQueueAverage = Fraction(values, "wsrep_local_recv_queue_avg"),
            DataNodes = Text(values, "wsrep_incoming_addresses").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
        };
    }

    private static string Text(IReadOnlyDictionary<string, string> values, string name) => values.GetValueOrDefault(name, "").Trim();

    /// <summary>Numbers below zero, and the greatest of 64 bits, are how the server says that it has none.</summary>
    private static long? Number(IReadOnlyDictionary<string, string> values, string name) =>
        long.TryParse(Text(values, name), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static double? Fraction(IReadOnlyDictionary<string, string> values, string name) =>
        double.TryParse(Text(values, name), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) && number >= 0 ? number : null;
}
