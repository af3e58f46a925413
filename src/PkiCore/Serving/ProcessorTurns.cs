namespace PkiCore.Serving;

/// <summary>
/// Turns at signing with the processors of this machine, for the live lanes of all issuers together: each lane alone keeps to half of the processors,
/// but several would take all, and the answers that are signed ahead get what is left. Who waits longest is next, so a flood at one issuer takes
/// no more than its share. Only for signers that do nothing but compute: a turn is not taken back.
/// </summary>
internal sealed class ProcessorTurns(int count)
{
    /// <summary>So long a thread keeps its turn while others wait: many signatures by a quick key, or one by a slow one.</summary>
    private static readonly TimeSpan s_length = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private readonly Queue<Turn> _waiting = new();
    private int _free = count;
    private volatile int _awaited;

    /// <summary>Of this process; half of the processors, at least one.</summary>
    public static ProcessorTurns Shared { get; } = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>How many threads wait for a turn.</summary>
    public int Waiting => _awaited;

    /// <summary>Waits for a turn, unless the thread has one.</summary>
    public void Begin(Turn turn, TimeProvider timeProvider)
    {
        if (turn.IsHeld)
        {
            return;
        }

        bool waits = false;
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
            }
            else
            {
                _waiting.Enqueue(turn);
                _awaited = _waiting.Count;
                waits = true;
            }
        }

        if (waits)
        {
            turn.Given.Wait(); // soon: whoever has one computes, and gives it on
        }

        turn.IsHeld = true;
        turn.BegunAt = timeProvider.GetTimestamp();
    }

    /// <summary>Gives the turn on if others wait and it has lasted long enough.</summary>
    public void EndIfOver(Turn turn, TimeProvider timeProvider)
    {
        if (_awaited > 0 && turn.IsHeld && timeProvider.GetElapsedTime(turn.BegunAt) >= s_length)
        {
            End(turn);
        }
    }

    /// <summary>Gives the turn on, if the thread has one.</summary>
    public void End(Turn turn)
    {
        if (!turn.IsHeld)
        {
            return;
        }

        turn.IsHeld = false;
        lock (_lock)
        {
            if (_waiting.TryDequeue(out Turn? next))
            {
                next.Given.Release();
            }
            else
            {
                _free++;
            }

            _awaited = _waiting.Count;
        }
    }

    /// <summary>What one thread holds, or waits for.</summary>
    internal sealed class Turn
    {
        public bool IsHeld { get; set; }

        public long BegunAt { get; set; }

        public SemaphoreSlim Given { get; } = new(0);
    }
}
