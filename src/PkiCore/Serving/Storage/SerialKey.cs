using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PkiCore.X509;

namespace PkiCore.Serving.Storage;

/// <summary>
/// A serial number as a record holds it: the octets of its INTEGER without the zero octet that keeps a number of 20 octets positive, and the
/// <see cref="Shape"/>, which says how many they are and whether that zero octet is there.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct SerialKey : IEquatable<SerialKey>
{
    /// <summary>The bits of <see cref="Shape"/>.</summary>
    public const uint ShapeMask = 0x3F;

    public const int OctetCount = 20; // RFC 5280 4.1.2.2

    private const uint LeadingZero = 0x20;

    public readonly ulong First;
    public readonly ulong Second;
    public readonly uint Third;
    public readonly uint Shape;

    [SkipLocalsInit]
    public SerialKey(in SerialNumber serial)
    {
        Span<byte> octets = stackalloc byte[sizeof(ulong) * 3];
        octets.Clear();
        int length = serial.CopyTo(octets);
        Shape = (uint)length;
        if (length > OctetCount)
        {
            octets[1..length].CopyTo(octets);
            octets[OctetCount] = 0;
            Shape = LeadingZero | OctetCount;
        }

        First = MemoryMarshal.Read<ulong>(octets);
        Second = MemoryMarshal.Read<ulong>(octets[sizeof(ulong)..]);
        Third = MemoryMarshal.Read<uint>(octets[(2 * sizeof(ulong))..]);
    }

    public SerialKey(ulong first, ulong second, uint third, uint shape) => (First, Second, Third, Shape) = (first, second, third, shape);

    /// <summary>Whether it can be that of a serial number: what comes from a file need not be.</summary>
    public bool IsValid => Shape == (LeadingZero | OctetCount) || Shape is >= 1 and <= OctetCount;

    public SerialNumber ToSerialNumber()
    {
        Span<byte> octets = stackalloc byte[1 + (sizeof(ulong) * 3)];
        octets[0] = 0;
        MemoryMarshal.Write(octets[1..], in First);
        MemoryMarshal.Write(octets[(1 + sizeof(ulong))..], in Second);
        MemoryMarshal.Write(octets[(1 + (2 * sizeof(ulong)))..], in Third);
        int length = (int)(Shape & ~LeadingZero);
        _ = SerialNumber.TryCreate((Shape & LeadingZero) != 0 ? octets[..(1 + length)] : octets.Slice(1, length), out SerialNumber serial);
        return serial;
    }

    /// <summary>Another seed, another order: a client that knows the function does not know which serial numbers collide.</summary>
    public ulong Hash(ulong seed)
    {
        ulong inner = Fold(First ^ seed, Second ^ 0x9E3779B97F4A7C15);
        return Fold(inner ^ Third ^ ((ulong)Shape << 32), seed ^ 0xD6E8FEB86659FD93);
    }

    public bool Equals(SerialKey other) => First == other.First && Second == other.Second && Third == other.Third && Shape == other.Shape;

    public override bool Equals(object? obj) => obj is SerialKey other && Equals(other);

    public override int GetHashCode() => (int)Hash(0);

    private static ulong Fold(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }
}

/// <summary>What is looked for.</summary>
/// <param name="key">The serial number.</param>
/// <param name="hash">Its hash in one table.</param>
internal readonly struct SerialLookup(SerialKey key, ulong hash)
{
    public readonly SerialKey Key = key;
    public readonly ulong Hash = hash;
}
