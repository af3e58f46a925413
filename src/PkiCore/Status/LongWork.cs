namespace PkiCore.Status;

/// <summary>
/// Work that takes long and has time. Every half a millisecond or so it lets threads go first that wait for its processor: those that answer may be among
/// them, and the kernel would have them wait for some milliseconds. Where nobody waits that costs a fraction of a microsecond.
/// </summary>
/// <param name="itemsInATurn">How many items of the work take so long.</param>
internal struct LongWork(int itemsInATurn)
{
    private int _items;

    /// <summary>An item is done.</summary>
    public void Next()
    {
        if (++_items >= itemsInATurn)
        {
            _items = 0;
            Thread.Yield();
        }
    }
}
