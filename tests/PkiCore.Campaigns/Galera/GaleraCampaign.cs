using PkiCore.Campaigns.Harness;

namespace PkiCore.Campaigns.Galera;

/// <summary>
/// A real cluster whose nodes are killed, cut off, paused and emptied while a writer on each node revokes, holds and releases the same certificates, and two edges
/// answer. What a writer was told is never lost and never undone, and no answer claims more than its edge can know.
/// </summary>
internal sealed class GaleraCampaign(CampaignContext context) : Campaign
{
    private const int CertificateCount = 300;
    private const string Lost = "lost";
    private const string Wrong = "wrong";

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(15);

    private readonly Journal<GaleraEntry> _journal = new(context.JournalPath);
    private readonly SortedDictionary<string, int> _happened = new(StringComparer.Ordinal);
    private Lab? _lab;
    private LabScene? _scene;
    private EdgeAsker[] _askers = [];
    private int _rounds;
    private int _repairs;

    public override string Progress => $"{_scene?.Crew.Operations} operations, {_scene?.Crew.Acknowledgements.Count} acknowledged, {_askers.Sum(asker => asker.Answered)} answers verified, {Faults.Total} faults";

    public override IEnumerable<(string Name, string Value)> Figures =>
    [
        .. _happened.Select(fault => (fault.Key, $"{fault.Value}")),
        ("repaired by hand", $"{_repairs}"),
        ("operations", $"{_scene?.Crew.Operations}"),
        ("acknowledged", $"{_scene?.Crew.Acknowledgements.Count}"),
        ("not made, and said so", $"{_scene?.Crew.Failures.Count(failure => failure.StartsWith("not made", StringComparison.Ordinal))}"),
        ("unknown outcomes", $"{_scene?.Crew.UnknownOutcomes}"),
        ("  resolved", $"{_scene?.Crew.ResolvedOutcomes}"),
        ("transactions tried again", $"{_scene?.Crew.Retries}"),
        ("answers verified", $"{_askers.Sum(asker => asker.Answered)}"),
        ("tryLater", $"{_askers.Sum(asker => asker.TryLater)}"),
        ("longest stale time", $"{_askers.Select(asker => asker.Stalest.TotalSeconds).DefaultIfEmpty().Max():0.0} s"),
        (Lost, $"{Faults.Count(Lost)}"),
        (Wrong, $"{Faults.Count(Wrong)}"),
    ];

    public override async Task ArrangeAsync(CancellationToken cancellationToken)
    {
        _lab = await Lab.StartAsync(cancellationToken: cancellationToken);
        _scene = await LabScene.ArrangeAsync(_lab, CertificateCount, context.Seed, cancellationToken);
        Edge[] edges = [await _scene.AddEdgeAsync(cancellationToken: cancellationToken), await _scene.AddEdgeAsync(cancellationToken: cancellationToken)];
        _askers = [.. edges.Select(_scene.AskerOf)];
        _scene.Crew.Run(s_pause);
    }

    public override async Task DisturbAsync(Random random, CancellationToken cancellationToken)
    {
        // The first rounds are one of each class, so that also a short campaign shows them.
        LabFault fault = LabFault.All[_rounds < LabFault.All.Count ? _rounds : random.Next(LabFault.All.Count)];
        int node = _lab!.Nodes[random.Next(_lab.Nodes.Count)];
        TimeSpan duration = TimeSpan.FromSeconds(1 + (4 * random.NextDouble()));
        _rounds++;
        // Two faults at once can take the majority away, and on a busy machine the one before may not be over yet.
        await RepairIfItFailsAsync(() => _lab.WaitAsync(cancellationToken), cancellationToken);
        _journal.Append(new GaleraEntry(TimeProvider.System.GetUtcNow(), fault.Name, node, duration));
        _happened[fault.Name] = _happened.GetValueOrDefault(fault.Name) + 1;
        await RepairIfItFailsAsync(() => fault.HappenAsync(_lab, node, duration, cancellationToken), cancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken); // work without a fault is part of it
        foreach (string wrong in _askers.SelectMany(asker => asker.Faults))
        {
            Faults.Add(Wrong, wrong);
        }
    }

    public override async Task JudgeAsync(CancellationToken cancellationToken)
    {
        await _lab!.RepairAsync(cancellationToken);
        foreach (string fault in await _scene!.JudgeAsync(_lab.Nodes[0], cancellationToken))
        {
            Faults.Add(Lost, fault);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_scene is not null)
        {
            await _scene.DisposeAsync();
        }

        if (_lab is not null)
        {
            await _lab.DisposeAsync();
        }

        _journal.Dispose();
    }

    /// <summary>When the nodes do not come back by themselves, does what an operator does then: it is told, and every promise holds all the same.</summary>
    private async Task RepairIfItFailsAsync(Func<Task> step, CancellationToken cancellationToken)
    {
        try
        {
            await step();
        }
        catch (ToolException e)
        {
            _repairs++;
            Console.WriteLine($"repaired by hand: {e.Message}");
            await _lab!.RepairAsync(cancellationToken);
        }
    }
}
