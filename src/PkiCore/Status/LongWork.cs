using System.Diagnostics;

namespace PkiCore.Status;

/// <summary>
/// Work that takes long and has time. Every half a millisecond, or after an item that takes longer, it lets threads go first that wait for its processor:
/// those that answer may be among them, and the kernel would have them wait for some milliseconds. Where nobody waits that costs a fraction of a microsecond.
/// </summary>
/// <param name="itemsToALook">How many items go by between looks at the clock: some ten microseconds' worth at most where they are many.</param>
internal struct LongWork(int itemsToALook)
{
    private static readonly long s_turn = Stopwatch.Frequency / 2000;

    private int _items;
    private long _since;

    /// <summary>An item is done.</summary>
    public void Next()
    {
        if (++_items < itemsToALook)
        {
            return;
        }

        _items = 0;
        if (Stopwatch.GetTimestamp() - _since >= s_turn)
        {
            Thread.Yield();
            _since = Stopwatch.GetTimestamp();
        }
    }
}
