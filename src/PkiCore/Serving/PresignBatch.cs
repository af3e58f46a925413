namespace PkiCore.Serving;

/// <summary>
/// The certificates that one presigner thread has taken, and how far it has come. It is the thread's alone; when the thread is written off in a
/// call of the signer, it is whoever wrote it off who finishes it, and the thread does not touch it again.
/// </summary>
internal sealed class PresignBatch(uint[] slots, Changed[] changes)
{
    private readonly List<int> _kept = [];
    private int _next; // what comes before has been dealt with

    /// <summary>How many certificates there are.</summary>
    public int Count => slots.Length;

    /// <summary>Whether any certificate was dealt with: if none was, the next ones will not be either.</summary>
    public bool IsWorthwhile => _next > _kept.Count;

    /// <summary>The signer; <see langword="null"/> when nothing could be signed.</summary>
    public ResponderIdentity? Identity { get; private set; }

    /// <summary>What the signatures have in common; <see langword="null"/> when nothing could be signed.</summary>
    public SigningBatch? Signing { get; private set; }

    /// <summary>How many signatures were made.</summary>
    public int SignatureCount { get; set; }

    public void Begin(ResponderIdentity identity, SigningBatch signing) => (Identity, Signing) = (identity, signing);

    /// <summary>The next certificate.</summary>
    /// <param name="slot">Its slot. What is there may have changed since, or be gone.</param>
    /// <param name="changed">Its change; <see langword="null"/> when that is not why it is signed.</param>
    public bool TryGetNext(out uint slot, out Changed? changed)
    {
        bool found = _next < slots.Length;
        slot = found ? slots[_next] : default;
        changed = found && changes.Length > 0 ? changes[_next] : null;
        return found;
    }

    /// <summary>The next certificate is dealt with.</summary>
    public void Drop() => _next++;

    /// <summary>The next certificate cannot be signed now.</summary>
    public void Keep() => _kept.Add(_next++);

    /// <summary>Gives back what was not signed.</summary>
    public void GiveBack(PresignQueue queue)
    {
        GiveBack(queue, [.. _kept, .. Enumerable.Range(_next, slots.Length - _next)]);
        _next = slots.Length;
        _kept.Clear();
    }

    /// <summary>Gives back everything, while a thread may be at it: whatever it still signs is signed twice, or too late.</summary>
    public void GiveAllBack(PresignQueue queue) => GiveBack(queue, [.. Enumerable.Range(0, slots.Length)]);

    private void GiveBack(PresignQueue queue, int[] places)
    {
        if (changes.Length == 0)
        {
            queue.GiveBack([.. places.Select(place => slots[place])]);
        }

        foreach (Changed changed in changes.Length == 0 ? [] : places.Select(place => changes[place]))
        {
            queue.AddChanged(changed);
        }
    }
}
