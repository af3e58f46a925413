using System.Buffers.Binary;

namespace PkiCore.Benchmarks.Table;

/// <summary>Serial numbers that look random and follow from their index: the same in every process, none twice, and no list of them.</summary>
internal readonly struct SyntheticSerials(int length)
{
    private const ulong Seed = 0x9C6B_21F0_47D3_8E15;

    /// <summary>How many octets each has, 16 to 20.</summary>
    public int Length => length;

    /// <summary>Writes the contents octets of the INTEGER.</summary>
    public void Write(long index, Span<byte> serial)
    {
        Span<byte> octets = stackalloc byte[3 * sizeof(ulong)];
        ulong first = 3 * (ulong)index;
        BinaryPrimitives.WriteUInt64BigEndian(octets, Mix(Seed + first));
        BinaryPrimitives.WriteUInt64BigEndian(octets[sizeof(ulong)..], Mix(Seed + first + 1)); // one to one: this makes them differ
        BinaryPrimitives.WriteUInt64BigEndian(octets[(2 * sizeof(ulong))..], Mix(Seed + first + 2));
        octets[0] = (byte)((octets[0] & 0x3F) | 0x40); // positive, and minimal
        octets[..length].CopyTo(serial);
    }

    /// <summary>The function of SplitMix64 (Steele, Lea, Flood 2014).</summary>
    public static ulong Mix(ulong value)
    {
        value *= 0x9E37_79B9_7F4A_7C15;
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }
}
