using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace PkiCore.Asn1;

/// <summary>
/// A cursor over DER-encoded values in a span. Strict: BER forms are refused (X.690 10 and 11). Every method either
/// reads one whole value and moves past it, or returns <see langword="false"/> and stays where it is; none throws or allocates.
/// </summary>
/// <remarks>What is returned points into the input. The work is bounded by the input's length; a caller with a narrower limit
/// names it as <c>maxLength</c>.</remarks>
public ref partial struct DerReader
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Starts at the first byte of <paramref name="encoded"/>.</summary>
    public DerReader(ReadOnlySpan<byte> encoded) => _rest = encoded;

    /// <summary>Whether everything has been read.</summary>
    public readonly bool IsEmpty => _rest.IsEmpty;

    /// <summary>What has not been read.</summary>
    public readonly ReadOnlySpan<byte> Remaining => _rest;

    /// <summary>Whether the next value has this identifier octet; <see langword="false"/> at the end.</summary>
    public readonly bool HasTag(byte tag) => !_rest.IsEmpty && _rest[0] == tag;

    /// <summary>Reads the contents of the next value, which must have the given tag.</summary>
    /// <param name="tag">The expected identifier octet, see <see cref="DerTag"/>.</param>
    /// <param name="contents">The contents octets, without tag and length.</param>
    /// <param name="maxLength">The longest contents that are accepted.</param>
    public bool TryRead(byte tag, out ReadOnlySpan<byte> contents, int maxLength = int.MaxValue)
    {
        if (HasTag(tag) && TryReadHeader(_rest, out int headerLength, out int length) && length <= maxLength)
        {
            contents = _rest.Slice(headerLength, length);
            _rest = _rest[(headerLength + length)..];
            return true;
        }

        contents = default;
        return false;
    }

    /// <summary>Reads the next value whole, tag and length included; its contents are not looked at.</summary>
    public bool TryReadEncoded(byte tag, out ReadOnlySpan<byte> encoded) =>
        HasTag(tag) ? TryReadEncoded(out encoded) : Fail(out encoded);

    /// <summary>Reads the next value whole, whatever its (low) tag.</summary>
    public bool TryReadEncoded(out ReadOnlySpan<byte> encoded)
    {
        if (!TryReadHeader(_rest, out int headerLength, out int length))
        {
            return Fail(out encoded);
        }

        encoded = _rest[..(headerLength + length)];
        _rest = _rest[(headerLength + length)..];
        return true;
    }

    /// <summary>Enters the next value, a constructed one such as SEQUENCE or <c>[0] EXPLICIT</c>.</summary>
    /// <param name="tag">The expected identifier octet.</param>
    /// <param name="contents">A reader of the contents; the caller checks <see cref="IsEmpty"/> on it when it is done (no trailing bytes).</param>
    public bool TryReadConstructed(byte tag, out DerReader contents)
    {
        bool found = TryRead(tag, out ReadOnlySpan<byte> span);
        contents = new DerReader(span);
        return found;
    }

    /// <summary>Enters the next value, a SEQUENCE.</summary>
    public bool TryReadSequence(out DerReader contents) => TryReadConstructed(DerTag.Sequence, out contents);

    /// <summary>Decodes one identifier octet and the definite, minimal length that follows it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // a request is a dozen headers, nearly all of two octets
    private static bool TryReadHeader(ReadOnlySpan<byte> input, out int headerLength, out int length)
    {
        headerLength = 2;
        length = 0;
        if (input.Length < 2 || (input[0] & 0x1F) == 0x1F) // multi-octet tags are not used by any type read here
        {
            return false;
        }

        int first = input[1];
        if (first < 0x80)
        {
            length = first;
            return length <= input.Length - 2;
        }

        return TryReadLongLength(input, first & 0x7F, out headerLength, out length);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryReadLongLength(ReadOnlySpan<byte> input, int octets, out int headerLength, out int length)
    {
        headerLength = 2 + octets;
        length = 0;
        // X.690 10.1: definite form (0x80 is indefinite), fewest octets possible. Four octets are more than any span holds.
        if (octets is 0 or > 4 || input.Length < headerLength || input[2] == 0)
        {
            return false;
        }

        Span<byte> bigEndian = stackalloc byte[4];
        bigEndian.Clear();
        input.Slice(2, octets).CopyTo(bigEndian[(4 - octets)..]);
        uint value = BinaryPrimitives.ReadUInt32BigEndian(bigEndian);
        if (value < 0x80 || value > (uint)(input.Length - headerLength))
        {
            return false;
        }

        length = (int)value;
        return true;
    }

    private static bool Fail<T>(out T value)
        where T : allows ref struct
    {
        value = default!;
        return false;
    }
}
