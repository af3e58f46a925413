namespace PkiCore.Galera.Cluster;

/// <summary>What is wrong with a cluster as a whole, in words for a person.</summary>
internal static class ClusterProblem
{
    /// <summary><see langword="null"/> when nothing is.</summary>
    public static string? Of(IReadOnlyList<NodeView> nodes, NodeView? nearest, string followed)
    {
        var parts = new List<string>();
        if (nearest is null)
        {
            parts.Add("no node can be read");
        }

        if (nodes.Any(node => node.State == NodeState.OtherCluster))
        {
            parts.Add($"there are nodes of different clusters, and {followed} is followed");
        }

        parts.AddRange(nodes.Where(node => !node.IsHealthy && node.Problem is not null).Select(node => $"{node.Node.Name}: {node.Problem}"));
        return parts.Count == 0 ? null : string.Join("; ", parts);
    }

    /// <summary><see langword="null"/> when the clock of the node that is read agrees with ours.</summary>
    public static string? OfClock(IReadOnlyList<NodeView> nodes, NodeView? nearest, GaleraOptions options)
    {
        if (nearest is null || !NodeProblem.IsClockOff(nearest.ClockOffset, options))
        {
            return null;
        }

        TimeSpan offset = nearest.ClockOffset!.Value;
        List<NodeView> known = [.. nodes.Where(node => node.ClockOffset is not null)];
        int against = known.Count(node => NodeProblem.IsClockOff(node.ClockOffset, options) && (node.ClockOffset > TimeSpan.Zero) == (offset > TimeSpan.Zero));
        string whose = against > 1 && against * 2 > known.Count
            ? $"{against} of {known.Count} nodes say so: this machine's clock is likely wrong"
            : "look at the time synchronisation of both";
        return $"the clock of {nearest.Node.Name} is {NodeProblem.Describe(offset)} this machine's, and nothing new is signed: {whose}";
    }
}
