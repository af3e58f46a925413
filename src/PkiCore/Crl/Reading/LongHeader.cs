using System.Numerics;

namespace PkiCore.Crl.Reading;

/// <summary>An identifier octet and a definite, minimal length (X.690 10.1) of up to five octets: a CRL may be larger than any span.</summary>
internal readonly struct LongHeader
{
    private const int MaxLengthOctets = 5;

    private LongHeader(int headerLength, long length) => (HeaderLength, Length) = (headerLength, length);

    /// <summary>The longest header.</summary>
    public const int MaxHeaderLength = 2 + MaxLengthOctets;

    /// <summary>Of tag and length together.</summary>
    public int HeaderLength { get; }

    /// <summary>Of the contents, which need not be in the span.</summary>
    public long Length { get; }

    /// <summary>Reads a header from the start of a span.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, byte tag, out LongHeader header)
    {
        header = default;
        if (bytes.Length < 2 || bytes[0] != tag)
        {
            return false;
        }

        if (bytes[1] < 0x80)
        {
            header = new LongHeader(2, bytes[1]);
            return true;
        }

        int octets = bytes[1] & 0x7F;
        if (octets is 0 or > MaxLengthOctets || bytes.Length < 2 + octets || bytes[2] == 0)
        {
            return false;
        }

        long length = 0;
        foreach (byte octet in bytes.Slice(2, octets))
        {
            length = (length << 8) | octet;
        }

        header = new LongHeader(2 + octets, length);
        return length >= 0x80;
    }

    /// <summary>Writes a header.</summary>
    /// <param name="tag">The identifier octet.</param>
    /// <param name="length">Of the contents.</param>
    /// <param name="destination">At least <see cref="MaxHeaderLength"/> bytes.</param>
    /// <returns>The length of the header.</returns>
    public static int Write(byte tag, long length, Span<byte> destination)
    {
        destination[0] = tag;
        if (length < 0x80)
        {
            destination[1] = (byte)length;
            return 2;
        }

        int octets = (BitOperations.Log2((ulong)length) / 8) + 1;
        destination[1] = (byte)(0x80 | octets);
        for (int i = octets; i > 0; i--, length >>= 8)
        {
            destination[1 + i] = (byte)length;
        }

        return 2 + octets;
    }
}
