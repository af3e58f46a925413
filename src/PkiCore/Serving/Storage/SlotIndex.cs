using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace PkiCore.Serving.Storage;

/// <summary>
/// Open addressing from the hash of a serial number to slots, four bytes an entry: a slot number and, in the bits that it does not need, some of the
/// hash, so that hardly any record is looked at in vain. One writer; readers need no lock, as an entry is written at once. It does not grow: a larger
/// one takes its place.
/// </summary>
[SuppressMessage("Reliability", "CA1001:Types that own disposable fields should be disposable", Justification = "Readers may be at it at any time: the memory is freed when the last has gone, by its handle's finalizer.")]
internal sealed unsafe class SlotIndex
{
    /// <summary>An entry that was never in use ends a search.</summary>
    public const uint Empty = 0;

    public const int MinSlotBits = 16;

    public const int MaxSlotBits = 30; // two bits at least tell a removed entry from an empty one

    private const int MinCapacity = 256;
    private const double FullAt = 0.85;
    private const double LoadWhenBuilt = 0.76;

    private readonly NativeBlock _memory;
    private readonly uint* _entries;
    private readonly int _slotBits;
    private readonly uint _slotMask;
    private readonly uint _removed;

    /// <param name="capacity">How many entries there are.</param>
    /// <param name="slotBits">How many bits a slot number has.</param>
    private SlotIndex(uint capacity, int slotBits)
    {
        Capacity = capacity;
        _slotBits = slotBits;
        _slotMask = (1u << slotBits) - 1;
        _removed = 1u << slotBits;
        _memory = new NativeBlock((long)capacity * sizeof(uint));
        _entries = (uint*)_memory.Pointer;
        _memory.AdviseHugePages(NativeBlock.PageLength);
    }

    public uint Capacity { get; }

    /// <summary>How many bits of an entry are the slot.</summary>
    public int SlotBits => _slotBits;

    /// <summary>The entries, in memory that lasts as long as the index.</summary>
    public byte* Bytes => _memory.Pointer;

    /// <summary>How many entries lead to a slot; the writer's.</summary>
    public uint Live { get; private set; }

    /// <summary>Those, and those that did before they were removed.</summary>
    public uint Used { get; private set; }

    public bool IsFull => Used >= Capacity * FullAt;

    /// <summary>An index with room for more than so many records.</summary>
    /// <param name="records">How many there will be at once.</param>
    /// <param name="slotLimit">More than the highest slot number; as new slots come, <see cref="CanHold"/> may say that another index is needed.</param>
    public static SlotIndex Create(uint records, uint slotLimit)
    {
        uint capacity = Math.Max(MinCapacity, checked((uint)(records / LoadWhenBuilt) + 1));
        int bits = Math.Max(MinSlotBits, 1 + (int)uint.Log2(Math.Max(capacity, slotLimit)));
        return new SlotIndex(capacity, Math.Min(bits, MaxSlotBits));
    }

    /// <summary>An empty index of a known shape, whose entries are about to be read from a file.</summary>
    public static SlotIndex Restore(uint capacity, int slotBits) => new(capacity, slotBits);

    /// <summary>Counts the entries of an index that was read from a file.</summary>
    /// <param name="slots">The slots that are in use; those to which entries lead are taken out.</param>
    /// <param name="expected">How many they are.</param>
    /// <returns>Whether one entry leads to each of them, none elsewhere, and there is room.</returns>
    public bool Recount(SlotSet slots, uint expected)
    {
        (Live, Used) = (0, 0);
        for (uint position = 0; position < Capacity; position++)
        {
            Used += _entries[position] != Empty ? 1u : 0;
            if ((_entries[position] & _slotMask) != 0)
            {
                uint slot = SlotOf(_entries[position]);
                if (!slots.Contains(slot))
                {
                    return false;
                }

                slots.Set(slot, false);
                Live++;
            }
        }

        return Live == expected && Used < Capacity;
    }

    /// <summary>A copy of all entries.</summary>
    public NativeBlock Copy()
    {
        var copy = new NativeBlock(_memory.Length);
        copy.AdviseHugePages(0);
        Buffer.MemoryCopy(_entries, copy.Pointer, copy.Length, (long)Capacity * sizeof(uint));
        return copy;
    }

    /// <summary>Whether entries have room for a slot number.</summary>
    public bool CanHold(uint slot) => slot < _slotMask;

    /// <summary>Where a search begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Start(ulong hash) => (uint)(((hash >> 32) * Capacity) >> 32);

    /// <summary>Where it goes on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Next(uint position) => position + 1 == Capacity ? 0 : position + 1;

    /// <summary>Reads an entry; what it leads to is read after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Read(uint position) => Volatile.Read(ref _entries[position]);

    /// <summary>Whether an entry may be the one that is looked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Matches(uint entry, ulong hash) => ((entry ^ Tag(hash)) & ~_slotMask) == 0 && (entry & _slotMask) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint SlotOf(uint entry) => (entry & _slotMask) - 1;

    /// <summary>Publishes a slot in place of another one.</summary>
    public void Replace(uint position, ulong hash, uint slot) => Volatile.Write(ref _entries[position], Tag(hash) | (slot + 1));

    /// <summary>Publishes a slot of a serial number that is not there yet.</summary>
    public void Add(ulong hash, uint slot)
    {
        uint position = Start(hash);
        while ((_entries[position] & _slotMask) != 0)
        {
            position = Next(position);
        }

        Used += _entries[position] == Empty ? 1u : 0;
        Live++;
        Replace(position, hash, slot);
    }

    public void Remove(uint position)
    {
        Volatile.Write(ref _entries[position], _removed);
        Live--;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Tag(ulong hash) => (uint)hash << _slotBits;
}
