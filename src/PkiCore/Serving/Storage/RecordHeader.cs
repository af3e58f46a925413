using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Serving.Storage;

/// <summary>
/// What a record begins with; its signatures follow. A published record is never changed. <see cref="State"/> carries the slot's generation, which is
/// odd while the record is published, and grows when it is freed: a reader that finds the same state before and after has read one record.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = sizeof(uint))]
internal struct RecordHeader
{
    /// <summary>The length of the header.</summary>
    public const int Length = 40;

    /// <summary>A notAfter that is not known, or too late to be told in seconds.</summary>
    public const uint Never = uint.MaxValue;

    /// <summary>There is no room for a higher reason.</summary>
    public const uint MaxReason = 0xF;

    private const int ReasonShift = 8;
    private const int GenerationShift = 12;
    private const uint RevokedBit = 0x40;
    private const uint RareBit = 0x80;

    /// <summary>6 bits: <see cref="SerialKey.Shape"/>; revoked; rare; 4 bits: reason; 20 bits: generation.</summary>
    public uint State;

    /// <summary>Which batch it is signed in, or why it is in none; see <see cref="RecordGroups"/>.</summary>
    public uint Group;

    /// <summary>The number of the last change.</summary>
    public uint Change;

    /// <summary>Seconds since 1970.</summary>
    public uint NotAfter;

    /// <summary>Seconds since 1970; for a rare status, its place in <see cref="RareStatuses"/>.</summary>
    public uint Revocation;

    private ulong _serialFirst;
    private ulong _serialSecond;
    private uint _serialThird;

    public readonly bool IsPublished => IsPublishedState(State);

    public readonly bool IsRevoked => (State & RevokedBit) != 0;

    /// <summary>Whether the status does not fit here.</summary>
    public readonly bool IsRare => (State & RareBit) != 0;

    public readonly X509RevocationReason Reason => (X509RevocationReason)((State >> ReasonShift) & MaxReason);

    public readonly SerialKey Key => new(_serialFirst, _serialSecond, _serialThird, State & SerialKey.ShapeMask);

    public readonly bool Has(in SerialKey key) =>
        _serialFirst == key.First && _serialSecond == key.Second && _serialThird == key.Third && (State & SerialKey.ShapeMask) == key.Shape;

    public void SetKey(in SerialKey key)
    {
        (_serialFirst, _serialSecond, _serialThird) = (key.First, key.Second, key.Third);
        State = (State & ~SerialKey.ShapeMask) | key.Shape;
    }

    public void SetStatus(bool isRevoked, bool isRare, X509RevocationReason reason) =>
        State = (State & ~(RevokedBit | RareBit | (MaxReason << ReasonShift)))
            | (isRevoked ? RevokedBit : 0) | (isRare ? RareBit : 0) | (((uint)reason & MaxReason) << ReasonShift);

    public static bool IsPublishedState(uint state) => ((state >> GenerationShift) & 1) != 0;

    /// <summary>The state with another generation in it.</summary>
    public static uint WithGenerationOf(uint state, uint other) => (state & ((1u << GenerationShift) - 1)) | (other & ~((1u << GenerationShift) - 1));

    /// <summary>The state in a generation.</summary>
    public static uint WithGeneration(uint state, uint generation) => (state & ((1u << GenerationShift) - 1)) | (generation << GenerationShift);

    /// <summary>The state in the next generation: from free to published, or back.</summary>
    public static uint NextGeneration(uint state) => state + (1u << GenerationShift);
}
