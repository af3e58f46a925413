using System.Globalization;
using Microsoft.Extensions.Logging;

namespace PkiCore.Galera.Cluster;

/// <summary>Tells the operator what differs between a view and the one before.</summary>
internal sealed class ClusterReport(ILogger logger, GaleraOptions options)
{
    private readonly HashSet<string> _notDurable = [];

    /// <summary>Somebody who used a node had trouble with it.</summary>
    public void Suspected(GaleraNode node, string fault) => Log.Suspected(logger, node.Name, fault);

    /// <summary>The cluster before, when another one is followed now.</summary>
    public void Tell(ClusterView before, ClusterView view, MoveReason reason, string? clusterBefore)
    {
        if (clusterBefore is not null)
        {
            Log.OtherClusterFollowed(logger, view.ClusterUuid, clusterBefore);
        }

        for (int i = 0; i < view.Nodes.Count; i++)
        {
            TellNode(i < before.Nodes.Count ? before.Nodes[i] : null, view.Nodes[i]);
        }

        TellClusters(before, view);
        TellNearest(before, view, reason);
        TellClock(before, view);
    }

    private void TellNode(NodeView? before, NodeView node)
    {
        NodeState stateBefore = before?.State ?? NodeState.Unknown;
        if (node.State != stateBefore)
        {
            Log.StateChanged(logger, node.IsHealthy ? LogLevel.Information : LogLevel.Warning, node.Node.Name, node.State, stateBefore, node.Problem ?? "no problem");
        }

        bool wasOff = NodeProblem.IsClockOff(before?.ClockOffset, options);
        if (node.ClockOffset is { } offset && wasOff != NodeProblem.IsClockOff(offset, options))
        {
            if (wasOff)
            {
                Log.ClockRight(logger, node.Node.Name);
            }
            else
            {
                Log.ClockOff(logger, node.Node.Name, NodeProblem.Describe(offset), options.MaxClockOffset);
            }
        }

        if (node.FlushLogAtCommit is { } flush and not 1 && _notDurable.Add(node.Node.Name))
        {
            Log.NotDurable(logger, node.Node.Name, flush);
        }
    }

    private void TellClusters(ClusterView before, ClusterView view)
    {
        string othersBefore = Others(before);
        string others = Others(view);
        if (others.Length > 0 && others != othersBefore)
        {
            Log.SeveralClusters(logger, view.ClusterUuid, others);
        }
        else if (others.Length == 0 && othersBefore.Length > 0)
        {
            Log.OneCluster(logger, view.ClusterUuid);
        }
    }

    private void TellNearest(ClusterView before, ClusterView view, MoveReason reason)
    {
        bool isFirst = before.Nodes.Count == 0;
        if (view.Nearest is null)
        {
            if (isFirst || before.Nearest is not null)
            {
                Log.Isolated(logger, view.Problem ?? "no node can be read");
            }

            return;
        }

        if (!isFirst && before.Nearest is null)
        {
            Log.NotIsolated(logger, view.Nearest.Node.Name);
        }

        if (reason != MoveReason.None)
        {
            string why = Why(before.Nearest, view, reason);
            Log.Moved(logger, view.Nearest.Node.Name, before.Nearest?.Node.Name ?? "none", why);
        }
    }

    private void TellClock(ClusterView before, ClusterView view)
    {
        if (view.ClockProblem is not null && before.ClockProblem is null)
        {
            Log.SigningStopped(logger, view.ClockProblem);
        }
        else if (view.ClockProblem is null && before.ClockProblem is not null && view.Nearest is not null)
        {
            Log.SigningGoesOn(logger, view.Nearest.Node.Name);
        }
    }

    private static string Why(NodeView? left, ClusterView view, MoveReason reason)
    {
        NodeView nearest = view.Nearest!;
        NodeView? leftNow = view.Nodes.FirstOrDefault(node => node.Node.Name == left?.Node.Name);
        return reason switch
        {
            MoveReason.First => $"it is the nearest, {Milliseconds(nearest)} away",
            MoveReason.Needed when leftNow is { IsHealthy: true } => $"{leftNow.Node.Name} failed a short while ago",
            MoveReason.Needed => $"{leftNow?.Node.Name}: {leftNow?.Problem}",
            _ => $"it is better for some time already, {Milliseconds(nearest)} away instead of {Milliseconds(leftNow)}",
        };
    }

    private static string Milliseconds(NodeView? node) =>
        node?.RoundTrip is { } roundTrip ? string.Create(CultureInfo.InvariantCulture, $"{roundTrip.TotalMilliseconds:0.0} ms") : "an unknown time";

    private static string Others(ClusterView view) =>
        string.Join(", ", view.Nodes.Where(node => node.State == NodeState.OtherCluster).Select(node => $"{node.ClusterUuid} ({node.Node.Name})"));
}
