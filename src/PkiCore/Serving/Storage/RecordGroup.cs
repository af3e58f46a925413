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
    private uint _change = uint.MaxValue;

    public int Count => Volatile.Read(ref _count);

    /// <summary>How many records have gone.</summary>
    public long Left { get; private set; }

    /// <summary>Whether there may be anything to take in hand that has not changed later.</summary>
    public bool HasRange(uint lastChange) => _count > 0 && _first <= _last && _change <= lastChange;

    /// <summary>Takes over what a snapshot holds.</summary>
    public void Restore(int count, uint first, uint last)
    {
        Volatile.Write(ref _count, count);
        (_first, _last, _change) = (first, last, 0); // which changes they are is looked at when they are collected
    }

    /// <summary>A record has come, in this slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="change">Its change.</param>
    /// <param name="isInHand">Whether somebody looks after it already.</param>
    public void Add(uint slot, uint change, bool isInHand = false)
    {
        Volatile.Write(ref _count, _count + 1);
        if (!isInHand)
        {
            Extend(slot, change);
        }
    }

    /// <summary>A record that was in hand is not any more.</summary>
    public void Extend(uint slot, uint change)
    {
        _change = Math.Min(_change, change);
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
        (_first, _last, _change) = (uint.MaxValue, 0, uint.MaxValue);
        return range;
    }
}
