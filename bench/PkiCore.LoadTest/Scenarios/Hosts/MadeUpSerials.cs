using System.Buffers.Binary;
using System.Diagnostics;
using PkiCore.LoadTest.Injection;
using PkiCore.X509;

namespace PkiCore.LoadTest.Scenarios.Hosts;

/// <summary>Serial numbers that look random and follow from a counter: who writes them and who asks for them need not tell each other.</summary>
internal static class MadeUpSerials
{
    /// <summary>How many octets each has.</summary>
    public const int Length = 16;

    private const ulong IssuedSeed = 1;
    private const ulong UnknownSeed = 2;

    /// <summary>The first certificates of a CA, in the order of its index.</summary>
    public static SerialNumber[] Issued(int count) => [.. Enumerable.Range(0, count).Select(IssuedAt)];

    /// <summary>One of them.</summary>
    public static SerialNumber IssuedAt(int number) => Create(IssuedSeed, number);

    /// <summary>Numbers that no CA has issued.</summary>
    public static SerialNumber[] Unknown(int count) => [.. Enumerable.Range(0, count).Select(number => Create(UnknownSeed, number))];

    /// <summary>Writes the octets of an issued one.</summary>
    public static void Write(long number, Span<byte> serial) => Write(IssuedSeed, number, serial);

    private static SerialNumber Create(ulong seed, int number)
    {
        Span<byte> octets = stackalloc byte[Length];
        Write(seed, number, octets);
        bool isSerial = SerialNumber.TryCreate(octets, out SerialNumber serial);
        Debug.Assert(isSerial, "positive and minimal");
        return serial;
    }

    private static void Write(ulong seed, long number, Span<byte> serial)
    {
        var random = new SplitMix64(seed, (ulong)number);
        BinaryPrimitives.WriteUInt64BigEndian(serial, random.Next());
        BinaryPrimitives.WriteUInt64BigEndian(serial[sizeof(ulong)..], random.Next());
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40); // positive, and minimal
    }
}
