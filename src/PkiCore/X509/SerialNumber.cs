using System.Buffers;
using System.Runtime.InteropServices;
using PkiCore.Asn1;

namespace PkiCore.X509;

/// <summary>
/// A certificate's serial number: the contents octets of its INTEGER, kept by value. There are at most twenty of them, not counting
/// a zero octet in front (RFC 5280 4.1.2.2). Compared byte by byte, so zero, negative and 20-octet numbers are as good as any.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct SerialNumber : IEquatable<SerialNumber>
{
    /// <summary>Twenty octets of magnitude, and the zero octet in front where the highest bit is set.</summary>
    public const int MaxLength = 1 + MaxOctets;

    /// <summary>How many octets there are at most, not counting a zero octet in front.</summary>
    internal const int MaxOctets = 20;

    // 24 bytes: the contents, zeros, and the length in the last byte; equality is three comparisons.
    private readonly ulong _first;
    private readonly ulong _second;
    private readonly ulong _third;

    private SerialNumber(ReadOnlySpan<byte> contents)
    {
        Span<byte> bytes = stackalloc byte[24];
        bytes.Clear();
        contents.CopyTo(bytes);
        bytes[23] = (byte)contents.Length;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        (_first, _second, _third) = (words[0], words[1], words[2]);
    }

    /// <summary>How many octets the INTEGER has; 0 only for <see langword="default"/>.</summary>
    public int Length => AsBytes(in this)[23];

    /// <summary>Takes the contents octets of a DER INTEGER.</summary>
    /// <returns><see langword="false"/> when they are empty, not minimal, or more than twenty, not counting a zero octet in front.</returns>
    public static bool TryCreate(ReadOnlySpan<byte> integerContents, out SerialNumber serial)
    {
        bool fits = (integerContents.Length <= MaxOctets || integerContents is [0, ..] and { Length: MaxLength })
            && DerReader.IsMinimalInteger(integerContents);
        serial = fits ? new SerialNumber(integerContents) : default;
        return fits;
    }

    /// <summary>Reads the hexadecimal form that OpenSSL writes: the magnitude, any number of leading zeros, <c>-</c> in front of a negative one.</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out SerialNumber serial)
    {
        serial = default;
        bool negative = hex.StartsWith("-", StringComparison.Ordinal);
        hex = negative ? hex[1..] : hex;
        if (hex.IsEmpty)
        {
            return false;
        }

        hex = hex.TrimStart('0');

        if (hex.Length > 2 * MaxLength)
        {
            return false;
        }

        // Whole octets behind a zero octet, negated if need be, then cut to the minimal INTEGER.
        Span<char> digits = stackalloc char[2 * MaxLength];
        Span<byte> octets = stackalloc byte[MaxLength + 1];
        int count = (hex.Length + 1) / 2;
        digits[0] = '0';
        hex.CopyTo(digits[((2 * count) - hex.Length)..]);
        octets[0] = 0;
        octets = octets[..(1 + count)];
        if (Convert.FromHexString(digits[..(2 * count)], octets[1..], out _, out _) != OperationStatus.Done)
        {
            return false;
        }

        if (negative)
        {
            Negate(octets);
        }

        while (octets.Length > 1 && !DerReader.IsMinimalInteger(octets))
        {
            octets = octets[1..];
        }

        return TryCreate(octets, out serial);
    }

    /// <summary>Copies the contents octets.</summary>
    /// <returns>How many were copied: <see cref="Length"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than that.</exception>
    public int CopyTo(Span<byte> destination)
    {
        ReadOnlySpan<byte> bytes = AsBytes(in this);
        bytes[..bytes[23]].CopyTo(destination);
        return bytes[23];
    }

    /// <inheritdoc/>
    public bool Equals(SerialNumber other) => _first == other._first && _second == other._second && _third == other._third;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SerialNumber other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_first, _second, _third);

    /// <summary>The form OpenSSL writes: upper-case hexadecimal magnitude in whole octets, <c>-</c> in front of a negative number.</summary>
    public override string ToString()
    {
        Span<byte> octets = stackalloc byte[MaxLength];
        octets = octets[..CopyTo(octets)];
        bool negative = octets is [>= 0x80, ..];
        if (negative)
        {
            Negate(octets);
        }

        string hex = Convert.ToHexString(octets is [0, _, ..] ? octets[1..] : octets);
        return negative ? "-" + hex : hex;
    }

    /// <summary>Whether two serial numbers are the same octets.</summary>
    public static bool operator ==(SerialNumber left, SerialNumber right) => left.Equals(right);

    /// <summary>Whether two serial numbers differ.</summary>
    public static bool operator !=(SerialNumber left, SerialNumber right) => !left.Equals(right);

    private static ReadOnlySpan<byte> AsBytes(in SerialNumber serial) =>
        MemoryMarshal.AsBytes(new ReadOnlySpan<SerialNumber>(in serial));

    private static void Negate(Span<byte> twosComplement)
    {
        int carry = 1;
        for (int i = twosComplement.Length - 1; i >= 0; i--)
        {
            carry += (byte)~twosComplement[i];
            twosComplement[i] = (byte)carry;
            carry >>= 8;
        }
    }
}
