using System.Numerics;
using PkiCore.Campaigns.Harness;

namespace PkiCore.Campaigns.Crls;

/// <summary>Every CRL that was ever seen, or said to have been published: a number means the same bytes for ever, and later ones have later times. Not safe for use from several threads.</summary>
internal sealed class PublishedMemory(FaultList faults)
{
    private const int CompletesKept = 6;

    private readonly Dictionary<(string Name, BigInteger Number), string> _digests = [];
    private readonly HashSet<(string Name, BigInteger Number)> _seen = [];
    private readonly Dictionary<string, SortedList<BigInteger, DateTimeOffset>> _times = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<CrlDocument>> _completes = new(StringComparer.Ordinal);
    private readonly HashSet<(string Name, BigInteger Number)> _completesPublished = [];
    private readonly HashSet<(string Name, BigInteger Number)> _bases = [];

    /// <summary>How many different CRLs there were.</summary>
    public int Count => _seen.Count;

    /// <summary>How many of them were delta CRLs.</summary>
    public int DeltaCount { get; private set; }

    /// <summary>The last complete CRLs of a name.</summary>
    public IReadOnlyList<CrlDocument> CompletesOf(string name) => _completes.GetValueOrDefault(name) ?? [];

    /// <summary>The highest number that a file of this name had; 0 before it was seen.</summary>
    public BigInteger HighestOf(string name) => _times.TryGetValue(name, out SortedList<BigInteger, DateTimeOffset>? times) ? times.Keys[^1] : 0;

    /// <summary>The publisher said that it has published a complete CRL.</summary>
    public void NoteSaid(string name, BigInteger number) => _completesPublished.Add((name, number));

    /// <summary>A CRL was seen among those that count.</summary>
    public void Add(CrlDocument crl, string completeName)
    {
        AddDigest(crl);
        if (!_seen.Add((crl.Name, crl.Number)))
        {
            return;
        }

        AddTime(crl);
        if (crl.BaseNumber is { } baseNumber)
        {
            DeltaCount++;
            _bases.Add((completeName, baseNumber));
            return;
        }

        _completesPublished.Add((crl.Name, crl.Number));
        _completes.TryAdd(crl.Name, []);
        _completes[crl.Name] = [.. _completes[crl.Name].Append(crl).OrderBy(complete => complete.Number).TakeLast(CompletesKept)];
    }

    /// <summary>A CRL is there that need not have counted.</summary>
    public void AddDigest(CrlDocument crl)
    {
        if (!_digests.TryAdd((crl.Name, crl.Number), crl.Digest) && _digests[(crl.Name, crl.Number)] != crl.Digest)
        {
            faults.Add(PublicationJudge.Reused, $"{crl.Name} with the number {crl.Number} is {crl.Digest} and was {_digests[(crl.Name, crl.Number)]}");
        }
    }

    /// <summary>Once all is known that was published: nobody can use a delta CRL to one that was not.</summary>
    public void CheckBases()
    {
        foreach ((string name, BigInteger number) in _bases.Where(known => !_completesPublished.Contains(known)))
        {
            faults.Add(PublicationJudge.Misfit, $"a delta CRL adds to {name} with the number {number}, which was never published");
        }

        _bases.Clear();
    }

    private void AddTime(CrlDocument crl)
    {
        _times.TryAdd(crl.Name, []);
        SortedList<BigInteger, DateTimeOffset> times = _times[crl.Name];
        times.Add(crl.Number, crl.ThisUpdate);
        int index = times.IndexOfKey(crl.Number);
        if ((index > 0 && times.Values[index - 1] >= crl.ThisUpdate) || (index + 1 < times.Count && times.Values[index + 1] <= crl.ThisUpdate))
        {
            faults.Add(PublicationJudge.Backwards, $"{crl.Name} with the number {crl.Number} is as of {crl.ThisUpdate:u}; by number: {string.Join(", ", times.Skip(index - 1).Take(3))}");
        }
    }
}
