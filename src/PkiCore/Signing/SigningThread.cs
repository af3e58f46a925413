using System.Diagnostics;

namespace PkiCore.Signing;

/// <summary>
/// What is known of one thread that calls a signer: whether it is in a call, and since when. A watchdog may write the thread off while it is;
/// of a call that ends and a watchdog that gives it up in the same moment, exactly one wins.
/// </summary>
internal sealed class SigningThread
{
    // A timestamp is never negative.
    private const long Idle = -1;
    private const long WrittenOff = -2;

    private long _state = Idle;

    /// <summary>Whether the thread was given up. That is for good, and cannot happen between two calls.</summary>
    public bool IsWrittenOff => Volatile.Read(ref _state) == WrittenOff;

    /// <summary>The thread enters a signer. What it wrote before is seen by whoever writes it off.</summary>
    public void BeginCall(long now)
    {
        Debug.Assert(_state == Idle, "A thread is in one call at a time, and in none once it was written off.");
        Volatile.Write(ref _state, now);
    }

    /// <summary>The thread is back.</summary>
    /// <returns><see langword="false"/> when it was written off meanwhile: what it brings is thrown away, what it had in hand is no longer its own, and it ends.</returns>
    public bool TryEndCall()
    {
        long since = Volatile.Read(ref _state);
        return since != WrittenOff && Interlocked.CompareExchange(ref _state, Idle, since) == since;
    }

    /// <summary>Since when the thread is in a call.</summary>
    /// <returns><see langword="false"/> when it is in none, or was written off.</returns>
    public bool TryGetCall(out long since)
    {
        since = Volatile.Read(ref _state);
        return since >= 0;
    }

    /// <summary>Gives the thread up if it is in a call that began then or earlier. From then on what it had in hand is the caller's.</summary>
    public bool TryWriteOff(long olderThan) =>
        TryGetCall(out long since) && since <= olderThan && Interlocked.CompareExchange(ref _state, WrittenOff, since) == since;
}
