namespace PkiCore.Galera.Cluster;

/// <summary>A node that may be read.</summary>
/// <param name="Name">The node.</param>
/// <param name="IsLastResort">It failed a short while ago: it is read only when there is no other.</param>
/// <param name="Rank">The lower goes first, whatever the round trips.</param>
/// <param name="Cost">The smoothed round trip, more when the node is busy.</param>
internal readonly record struct Candidate(string Name, bool IsLastResort, int Rank, TimeSpan Cost);

/// <summary>Why another node is read now.</summary>
internal enum MoveReason
{
    None,

    /// <summary>There was none before.</summary>
    First,

    /// <summary>The one before may not be read any more, or is penalised.</summary>
    Needed,

    /// <summary>The one before is well, but this one has been better for a while.</summary>
    Better,
}

/// <summary>
/// Chooses the node to be read. It moves at once when the present one may not be read, or is penalised and another is not. Otherwise it moves only to a node that
/// has been better for some seconds without a break: by rank, or at the same rank by a fifth of the cost and by a millisecond.
/// </summary>
internal sealed class NodeChoice(TimeProvider timeProvider)
{
    private const double Share = 0.8;

    private static readonly TimeSpan s_margin = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_hold = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, long> _betterSince = [];

    /// <summary>The node that is read; <see langword="null"/>: none may be.</summary>
    public string? Current { get; private set; }

    /// <summary>Looks at the nodes as they are now.</summary>
    /// <param name="candidates">Those that may be read, in the order of the configuration.</param>
    public MoveReason Choose(IReadOnlyList<Candidate> candidates)
    {
        if (candidates.Count == 0)
        {
            return MoveTo(null, MoveReason.Needed);
        }

        Candidate best = Best(candidates);
        int index = Current is null ? -1 : IndexOf(candidates, Current);
        if (index < 0)
        {
            return MoveTo(best.Name, Current is null ? MoveReason.First : MoveReason.Needed);
        }

        Candidate present = candidates[index];
        if (present.IsLastResort && !best.IsLastResort)
        {
            return MoveTo(best.Name, MoveReason.Needed);
        }

        Forget(candidates);
        List<Candidate> proven = [.. candidates.Where(candidate => HasBeenBetter(candidate, present))];
        return proven.Count == 0 ? MoveReason.None : MoveTo(Best(proven).Name, MoveReason.Better);
    }

    private MoveReason MoveTo(string? name, MoveReason reason)
    {
        _betterSince.Clear();
        MoveReason result = name == Current ? MoveReason.None : reason;
        Current = name;
        return result;
    }

    private bool HasBeenBetter(Candidate candidate, Candidate present)
    {
        if (!IsBetter(candidate, present))
        {
            _betterSince.Remove(candidate.Name);
            return false;
        }

        if (_betterSince.TryGetValue(candidate.Name, out long since))
        {
            return timeProvider.GetElapsedTime(since) >= s_hold;
        }

        _betterSince.Add(candidate.Name, timeProvider.GetTimestamp());
        return false;
    }

    /// <summary>Who may not be read at the moment begins anew.</summary>
    private void Forget(IReadOnlyList<Candidate> candidates)
    {
        foreach (string name in _betterSince.Keys.Where(name => IndexOf(candidates, name) < 0).ToList())
        {
            _betterSince.Remove(name);
        }
    }

    private static bool IsBetter(Candidate candidate, Candidate present) =>
        candidate.IsLastResort == present.IsLastResort
        && (candidate.Rank < present.Rank
            || (candidate.Rank == present.Rank && candidate.Cost <= present.Cost * Share && present.Cost - candidate.Cost >= s_margin));

    private static Candidate Best(IEnumerable<Candidate> candidates) =>
        candidates.OrderBy(candidate => candidate.IsLastResort).ThenBy(candidate => candidate.Rank).ThenBy(candidate => candidate.Cost).First();

    private static int IndexOf(IReadOnlyList<Candidate> candidates, string name)
    {
        for (int i = 0; i < candidates.Count; i++)
        {
            if (candidates[i].Name == name)
            {
                return i;
            }
        }

        return -1;
    }
}
