using PkiCore.Galera;
using PkiCore.Galera.Cluster;

namespace PkiCore.Responder.Hosting;

/// <summary>The cluster, in the body of <c>/healthz</c>.</summary>
/// <param name="Nearest">The node that is read; <see langword="null"/>: none.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Nodes">Each node: its state, or what is wrong with it.</param>
internal sealed record GaleraHealth(string? Nearest, string? Problem, IReadOnlyDictionary<string, string> Nodes)
{
    public static GaleraHealth? Of(GaleraCluster? cluster)
    {
        if (cluster?.View is not { } view)
        {
            return null;
        }

        string?[] problems = [view.Problem, view.ClockProblem];
        string problem = string.Join("; ", problems.OfType<string>());
        return new GaleraHealth(view.Nearest?.Node.Name, problem.Length > 0 ? problem : null, view.Nodes.ToDictionary(node => node.Node.Name, Describe));
    }

    private static string Describe(NodeView node) => node.Problem is { } problem ? $"{node.State}: {problem}" : $"{node.State}";
}
