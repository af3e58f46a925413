using PkiCore.Signing;

namespace PkiCore.Pkcs11;

/// <summary>Who waits for a session: live callers before batch callers, each in the order they came. The pool's lock guards it.</summary>
internal sealed class SessionQueue(int capacity)
{
    private readonly LinkedList<SessionWaiter>[] _waiters = [new(), new()]; // by SigningPriority

    public int Count => _waiters[0].Count + _waiters[1].Count;

    /// <summary>Puts the calling thread at the end of its part; <see langword="null"/> when the queue is full.</summary>
    public SessionWaiter? Enqueue(SigningPriority priority)
    {
        if (Count >= capacity)
        {
            return null;
        }

        SessionWaiter waiter = SessionWaiter.Current;
        waiter.Begin();
        _waiters[(int)priority].AddLast(waiter.Node);
        return waiter;
    }

    /// <summary>Gives a session, or with <see langword="null"/> the leave to open one, to who has waited longest.</summary>
    public bool TryServe(Pkcs11Session? session)
    {
        foreach (LinkedList<SessionWaiter> waiters in _waiters)
        {
            if (waiters.First is { } node)
            {
                waiters.RemoveFirst();
                node.Value.Serve(session);
                return true;
            }
        }

        return false;
    }

    public static void Remove(SessionWaiter waiter) => waiter.Node.List!.Remove(waiter.Node);
}
