using PkiCore.Signing;

namespace PkiCore.Serving;

/// <summary>
/// The threads of one lane of one issuer: started on demand, and written off when a signer keeps them. A thread that is written off no longer
/// counts as running, what it had in hand is handed back, and another may take its place, up to a limit. It counts as written off until it comes
/// back. Its owner calls it under one lock; a thread looks only at its own <see cref="Member"/> without.
/// </summary>
/// <typeparam name="TWork">What a thread has in hand.</typeparam>
internal sealed class SigningCrew<TWork>(string threadName)
    where TWork : class
{
    /// <summary>How many threads of one signer are replaced before the first of them has to come back.</summary>
    public const int MaxReplacements = 16;

    private readonly HashSet<Member> _running = []; // those that worked for an earlier signer too, until they end
    private int _generation;
    private int _stuck;
    private int _writtenOff;

    /// <summary>How many threads work for the present signer.</summary>
    public int Running { get; private set; }

    /// <summary>How much they have in hand.</summary>
    public int InHand { get; private set; }

    /// <summary>How many threads signers keep, earlier ones included. Read without the lock.</summary>
    public int WrittenOff => Volatile.Read(ref _writtenOff);

    /// <summary>Starts threads until as many run as are wanted. With those that are written off there are never more than the highest number and <see cref="MaxReplacements"/>.</summary>
    public void Start(int wanted, int highest, Action<Member> work)
    {
        while (Running < Math.Min(wanted, highest) && !IsSpent(highest))
        {
            var member = new Member(_generation);
            if (!BackgroundThread.TryStart(threadName, () => work(member)))
            {
                return;
            }

            _running.Add(member);
            Running++;
        }
    }

    /// <summary>What the threads of the present signer have in hand.</summary>
    public IReadOnlyList<TWork> Works => [.. _running.Where(IsCurrent).Select(member => member.Work).OfType<TWork>()];

    /// <summary>Whether so many threads are stuck that no other is started.</summary>
    public bool IsSpent(int highest) => Running + _stuck >= highest + MaxReplacements;

    /// <summary>After the signer was replaced: threads of the one before end with what they have in hand, and count no more.</summary>
    public void Renew()
    {
        _generation++;
        (Running, InHand, _stuck) = (0, 0, 0);
    }

    /// <summary>Whether a thread works for the present signer.</summary>
    public bool IsCurrent(Member member) => member.Generation == Volatile.Read(ref _generation);

    /// <summary>A thread takes something in hand.</summary>
    public void Take(Member member, TWork work, int count)
    {
        (member.Work, member.Count) = (work, count);
        InHand += IsCurrent(member) ? count : 0;
    }

    /// <summary>A thread has nothing in hand any more. One that was written off had it taken away then.</summary>
    public void Finish(Member member)
    {
        InHand -= IsCurrent(member) ? member.Count : 0;
        (member.Work, member.Count) = (null, 0);
    }

    /// <summary>A thread ends: the last it does.</summary>
    public void Leave(Member member)
    {
        int current = IsCurrent(member) ? 1 : 0;
        if (member.Thread.IsWrittenOff)
        {
            _writtenOff--;
            _stuck -= current;
        }
        else
        {
            _running.Remove(member);
            Running -= current;
        }
    }

    /// <summary>Writes a thread off if it is in a call that began then or earlier.</summary>
    /// <returns>What it had in hand, which is the caller's now; <see langword="null"/> when it is not, or no longer, in such a call.</returns>
    public TWork? WriteOff(Member member, long olderThan)
    {
        if (!member.Thread.TryWriteOff(olderThan))
        {
            return null;
        }

        int current = IsCurrent(member) ? 1 : 0;
        TWork? work = member.Work;
        Finish(member);
        _running.Remove(member);
        Running -= current;
        _stuck += current;
        _writtenOff++;
        return work;
    }

    /// <summary>Writes off every thread that is in a call that began then or earlier.</summary>
    public IReadOnlyList<TWork> WriteOffAll(long olderThan) =>
        [.. _running.Where(member => member.Thread.TryGetCall(out long since) && since <= olderThan).ToArray()
            .Select(member => WriteOff(member, olderThan)).OfType<TWork>()];

    /// <summary>One thread.</summary>
    internal sealed class Member(int generation)
    {
        public SigningThread Thread { get; } = new();

        public int Generation => generation;

        /// <summary>What it has in hand.</summary>
        public TWork? Work { get; set; }

        public int Count { get; set; }
    }
}
