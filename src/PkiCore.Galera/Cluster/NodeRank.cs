namespace PkiCore.Galera.Cluster;

/// <summary>
/// In which order healthy nodes are preferred: one whose clock is right (nothing can be signed on another), then one that is no donor, then one of the preferred
/// segment; among equals the round trip decides. A busy node, one with a long receive queue or whose replication stood still, counts as twice as far and a bit.
/// </summary>
internal static class NodeRank
{
    private const int WrongClock = 4;
    private const int Donor = 2;
    private const int OtherSegment = 1;

    private const long LongQueue = 100;
    private const double MuchPaused = 0.1;

    private static readonly TimeSpan s_busy = TimeSpan.FromMilliseconds(2);

    public static Candidate Candidate(NodeView node, GaleraOptions options)
    {
        int rank = (NodeProblem.IsClockOff(node.ClockOffset, options) ? WrongClock : 0)
            + (node.State == NodeState.Donor ? Donor : 0)
            + (options.PreferredSegment is { } segment && node.Segment != segment ? OtherSegment : 0);
        TimeSpan roundTrip = node.RoundTrip ?? options.ProbeTimeout;
        return new Candidate(node.Node.Name, node.IsPenalised, rank, IsBusy(node) ? (roundTrip * 2) + s_busy : roundTrip);
    }

    private static bool IsBusy(NodeView node) => node.ReceiveQueue > LongQueue || node.FlowControlPaused > MuchPaused;
}
