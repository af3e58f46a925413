using System.Globalization;

namespace PkiCore.Galera.Cluster;

/// <summary>What is wrong with a node and what to do, in words for a person.</summary>
internal static class NodeProblem
{
    /// <summary><see langword="null"/> when nothing is.</summary>
    /// <param name="record">What is known of it.</param>
    /// <param name="state">Its state, with regard to the cluster that is followed.</param>
    /// <param name="followed">The cluster that is followed.</param>
    /// <param name="options">The limits.</param>
    public static string? Of(NodeRecord record, NodeState state, string followed, GaleraOptions options) => state switch
    {
        NodeState.Unknown => "was not asked yet",
        NodeState.Unreachable => record.Fault,
        NodeState.NotPrimary => NotPrimary(record),
        _ when record.Fault is { } fault => fault,
        NodeState.NotReady => NotReady(record),
        NodeState.Joining or NodeState.Joined => $"is not in step yet ({record.Status?.LocalStateComment}): wait for it, it is used when it is Synced",
        NodeState.Donor => Donor(record, options),
        NodeState.OtherCluster => $"belongs to cluster {record.Status?.ClusterUuid}, but {followed} is followed: find out which one is right, and let the others join it with an empty data folder",
        _ => Settings(record, options),
    };

    /// <summary>By how much a clock differs, for a person.</summary>
    public static string Describe(TimeSpan offset) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(offset.TotalSeconds):0.0##} s {(offset < TimeSpan.Zero ? "behind" : "ahead of")}");

    public static bool IsClockOff(TimeSpan? offset, GaleraOptions options) => offset?.Duration() > options.MaxClockOffset;

    private static string NotPrimary(NodeRecord record) => record.Status switch
    {
        { ClusterStatus: var status } when status.Equals("Disconnected", StringComparison.OrdinalIgnoreCase) =>
            "does not take part in a cluster (wsrep_cluster_status is Disconnected): look at its wsrep_on, wsrep_cluster_address and error log",
        _ => "is cut off from the majority of its cluster (not in the primary component): look at the network between the nodes; if all are so, bootstrap the most advanced",
    };

    private static string NotReady(NodeRecord record) => record.Status is { ClusterStatus.Length: > 0 } status
        ? $"says that it is not ready (wsrep_ready is {(status.IsReady ? "ON" : "OFF")}, state {status.LocalStateComment}): look into its error log"
        : "knows nothing of Galera (it has no wsrep_cluster_status): it is no MariaDB Galera node";

    private static string? Donor(NodeRecord record, GaleraOptions options)
    {
        if (options.AllowDonor && record.Status is { IsReady: true })
        {
            return Settings(record, options);
        }

        return record.Settings is { IsDesynced: true }
            ? "was taken out of step by its operator: SET GLOBAL wsrep_desync = OFF when that is over"
            : "gives its state to a node that joins: wait, or allow donors to be read";
    }

    private static string? Settings(NodeRecord record, GaleraOptions options)
    {
        if (IsClockOff(record.ClockOffset, options))
        {
            return $"has a clock that is {Describe(record.ClockOffset!.Value)} this machine's: look at the time synchronisation of both";
        }

        return record.Settings?.FlushLogAtCommit is { } flush and not 1
            ? string.Create(CultureInfo.InvariantCulture, $"has innodb_flush_log_at_trx_commit = {flush}: when all nodes lose power at once, acknowledged revocations may be lost; set it to 1")
            : null;
    }
}
