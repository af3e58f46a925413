using System.Collections.Concurrent;

namespace PkiCore.Campaigns.Harness;

/// <summary>Faults by kind: all are counted, the first few of each kind kept. Safe for use from several threads.</summary>
internal sealed class FaultList
{
    private const int ExamplesPerKind = 5;

    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _examples = new();

    public int Total => _counts.Values.Sum();

    public IReadOnlyCollection<string> Examples => _examples;

    public int Count(string kind) => _counts.GetValueOrDefault(kind);

    public void Add(string kind, string description)
    {
        if (_counts.AddOrUpdate(kind, 1, (_, count) => count + 1) <= ExamplesPerKind)
        {
            _examples.Enqueue($"{kind}: {description}");
        }
    }
}
