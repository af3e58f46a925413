namespace PkiCore.Serving.Storage;

/// <summary>
/// Records that have something in common: how many they are, and between which slots those are that nobody has taken in hand. The writer's; others
/// may read the count, and do not mind if it is just changing.
/// </summary>
internal sealed class RecordGroup
{
    private int _count;
    private uint _first = uint.MaxValue;
    private uint _last;

    public int Count => Volatile.Read(ref _count);

    /// <summary>How many records have gone.</summary>
    public long Left { get; private set; }

    /// <summary>Whether there is anything to take in hand.</summary>
    public bool HasRange => _count > 0 && _first <= _last;

    /// <summary>Takes over what a snapshot holds.</summary>
    public void Restore(int count, uint first, uint last)
    {
        Volatile.Write(ref _count, count);
        (_first, _last) = (first, last);
    }

    /// <summary>A record has come, in this slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="isInHand">Whether somebody looks after it already.</param>
    public void Add(uint slot, bool isInHand = false)
    {
        Volatile.Write(ref _count, _count + 1);
        if (!isInHand)
        {
            Extend(slot);
        }
    }

    /// <summary>A record that was in hand is not any more.</summary>
    public void Extend(uint slot)
    {
        _first = Math.Min(_first, slot);
        _last = Math.Max(_last, slot);
    }

    /// <summary>A record has gone.</summary>
    public void Remove()
    {
        Volatile.Write(ref _count, _count - 1);
        Left++;
    }

    /// <summary>Takes all in hand.</summary>
    public (uint First, uint Last) TakeRange()
    {
        (uint First, uint Last) range = (_first, _last);
        (_first, _last) = (uint.MaxValue, 0);
        return range;
    }
}
