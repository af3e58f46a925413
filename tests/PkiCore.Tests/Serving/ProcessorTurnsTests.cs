using PkiCore.Serving;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>Turns at signing with the processors.</summary>
public sealed class ProcessorTurnsTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromMilliseconds(1);

    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void A_turn_is_kept_while_nobody_waits_and_for_a_while_when_somebody_does()
    {
        var turns = new ProcessorTurns(1);
        var first = new ProcessorTurns.Turn();
        turns.Begin(first, _clock);
        turns.Begin(first, _clock); // has it already
        _clock.Advance(10 * s_long);
        turns.EndIfOver(first, _clock);
        Assert.True(first.IsHeld);
        turns.End(first);
        turns.Begin(first, _clock);

        (Thread thread, ProcessorTurns.Turn second) = Wait(turns);
        turns.EndIfOver(first, _clock);
        Assert.True(first.IsHeld);
        _clock.Advance(s_long);
        turns.EndIfOver(first, _clock);

        Assert.False(first.IsHeld);
        Assert.True(thread.Join(Patience));
        Assert.True(second.IsHeld);
    }

    [Fact]
    public void Who_waits_longest_is_next()
    {
        var turns = new ProcessorTurns(1);
        var holder = new ProcessorTurns.Turn();
        turns.Begin(holder, _clock);
        (Thread Thread, ProcessorTurns.Turn Turn)[] waiting = [.. Enumerable.Range(0, 4).Select(_ => Wait(turns))];

        foreach ((Thread thread, ProcessorTurns.Turn turn) in waiting)
        {
            turns.End(holder);
            Assert.True(thread.Join(Patience));
            Assert.True(turn.IsHeld);
            Assert.Equal(1, waiting.Count(other => other.Turn.IsHeld));
            holder = turn;
        }
    }

    [Fact]
    public void There_are_never_more_turns_than_were_made_and_none_is_lost()
    {
        const int count = 2;
        var turns = new ProcessorTurns(count);
        int held = 0;
        int most = 0;
        int[] done = new int[6];
        Thread[] threads = [.. Enumerable.Range(0, done.Length).Select(i => new Thread(() =>
        {
            var turn = new ProcessorTurns.Turn();
            for (; done[i] < 20_000; done[i]++)
            {
                turns.Begin(turn, _clock);
                InterlockedMax(ref most, Interlocked.Increment(ref held));
                Interlocked.Decrement(ref held);
                turns.End(turn);
            }
        }) { IsBackground = true })];
        Array.ForEach(threads, thread => thread.Start());

        Assert.All(threads, thread => Assert.True(thread.Join(Patience)));
        Assert.InRange(most, 1, count);
        for (int i = 0; i < count; i++)
        {
            Assert.True(Wait(turns, waits: false).Thread.Join(Patience)); // all are free again
        }
    }

    /// <summary>Begins a turn on another thread, and returns when that waits for it.</summary>
    private (Thread Thread, ProcessorTurns.Turn Turn) Wait(ProcessorTurns turns, bool waits = true)
    {
        var turn = new ProcessorTurns.Turn();
        var thread = new Thread(() => turns.Begin(turn, _clock)) { IsBackground = true };
        int before = turns.Waiting;
        thread.Start();
        WaitUntil(() => !waits || turns.Waiting > before, "the thread waits");
        return (thread, turn);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (int seen = Volatile.Read(ref target); seen < value; seen = Volatile.Read(ref target))
        {
            Interlocked.CompareExchange(ref target, value, seen);
        }
    }
}
