using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;

namespace PkiCore.Crl.State;

/// <summary>
/// Where entries are, by the hash of their serial number: open addressing, eight bytes a slot, of which half are bits of the hash, so that hardly
/// ever a wrong entry is looked at. The owner compares serial numbers.
/// </summary>
internal sealed class SerialIndex
{
    private const long MaxReserve = 1 << 26;

    /// <summary>Another order in each process: whoever chooses serial numbers does not know which collide.</summary>
    private static readonly ulong s_seed = MemoryMarshal.Read<ulong>(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    // The upper half: the upper half of the hash; the lower half: the place + 1. 0: free.
    private ulong[] _slots = new ulong[1024];

    public int Count { get; private set; }

    [SkipLocalsInit]
    public static ulong Hash(ReadOnlySpan<byte> serial)
    {
        ulong hash = s_seed;
        ulong factor = 0xD6E8FEB86659FD93 + (2 * (ulong)serial.Length); // not mixed with the octets, or 00 00 and 00 00 01 would collide whatever the seed
        while (serial.Length > sizeof(ulong))
        {
            hash = Fold(hash ^ MemoryMarshal.Read<ulong>(serial), 0x9E3779B97F4A7C15);
            serial = serial[sizeof(ulong)..];
        }

        return Fold(hash ^ ReadLast(serial), factor);
    }

    /// <summary>Up to eight octets as a number: one read where there are all eight.</summary>
    private static ulong ReadLast(ReadOnlySpan<byte> octets)
    {
        if (octets.Length == sizeof(ulong))
        {
            return MemoryMarshal.Read<ulong>(octets);
        }

        ulong number = 0;
        foreach (byte octet in octets)
        {
            number = (number << 8) | octet;
        }

        return number;
    }

    /// <summary>Makes room for so many in all; more than half a gigabyte of it only when they have come.</summary>
    public void EnsureCapacity(long count)
    {
        long length = (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Min(count + (count / 2), MaxReserve)); // at most three quarters are taken
        if (length > _slots.Length)
        {
            Grow((int)length);
        }
    }

    public Probe Find(ulong hash) => new(_slots, hash);

    /// <summary>Asks the processor for the slot that will be looked at soon: to wait for memory is most of the work.</summary>
    public unsafe void Prefetch(ulong hash)
    {
        if (Sse.IsSupported)
        {
            fixed (ulong* slots = _slots)
            {
                Sse.Prefetch0(slots + HomeOf(hash, _slots.Length - 1));
            }
        }
    }

    public void Add(ulong hash, uint place)
    {
        if (Count >= _slots.Length / 4 * 3)
        {
            Grow(_slots.Length * 2);
        }

        Insert(_slots, Slot(hash, place));
        Count++;
    }

    public void Replace(ulong hash, uint place, uint newPlace) => _slots[IndexOf(hash, place)] = Slot(hash, newPlace);

    /// <summary>Takes a place out and moves those that stand behind it, because it was taken, forward.</summary>
    public void Remove(ulong hash, uint place)
    {
        int mask = _slots.Length - 1;
        int free = IndexOf(hash, place);
        for (int i = (free + 1) & mask; _slots[i] != 0; i = (i + 1) & mask)
        {
            int home = HomeOf(_slots[i], mask);
            if (((i - home) & mask) >= ((i - free) & mask))
            {
                _slots[free] = _slots[i];
                free = i;
            }
        }

        _slots[free] = 0;
        Count--;
    }

    private int IndexOf(ulong hash, uint place)
    {
        int mask = _slots.Length - 1;
        ulong slot = Slot(hash, place);
        int i = HomeOf(slot, mask);
        while (_slots[i] != slot)
        {
            i = (i + 1) & mask;
        }

        return i;
    }

    private void Grow(int length)
    {
        ulong[] slots = new ulong[length];
        foreach (ulong slot in _slots)
        {
            if (slot != 0)
            {
                Insert(slots, slot);
            }
        }

        _slots = slots;
    }

    private static void Insert(ulong[] slots, ulong slot)
    {
        int mask = slots.Length - 1;
        int i = HomeOf(slot, mask);
        while (slots[i] != 0)
        {
            i = (i + 1) & mask;
        }

        slots[i] = slot;
    }

    private static ulong Slot(ulong hash, uint place) => (hash & 0xFFFF_FFFF_0000_0000) | (place + 1);

    private static int HomeOf(ulong slot, int mask) => (int)(slot >> 32) & mask;

    private static ulong Fold(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }

    /// <summary>Walks over the places that a hash may stand for.</summary>
    public ref struct Probe(ulong[] slots, ulong hash)
    {
        private readonly uint _tag = (uint)(hash >> 32);
        private int _next = HomeOf(hash, slots.Length - 1);

        public bool TryNext(out uint place)
        {
            for (ulong slot; (slot = slots[_next]) != 0;)
            {
                _next = (_next + 1) & (slots.Length - 1);
                if ((uint)(slot >> 32) == _tag)
                {
                    place = (uint)slot - 1;
                    return true;
                }
            }

            place = 0;
            return false;
        }
    }
}
