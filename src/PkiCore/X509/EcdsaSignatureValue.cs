using PkiCore.Asn1;

namespace PkiCore.X509;

/// <summary>ECDSA signatures as two numbers side by side, as tokens return them, and as Ecdsa-Sig-Value in DER (RFC 3279 2.2.3).</summary>
internal static class EcdsaSignatureValue
{
    /// <summary>Encodes r and s, each in half of the octets.</summary>
    /// <returns>The length; 0 when the raw signature has an odd length, or a number that is 0.</returns>
    public static int Encode(ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        ReadOnlySpan<byte> r = raw[..(raw.Length / 2)].TrimStart((byte)0);
        ReadOnlySpan<byte> s = raw[(raw.Length / 2)..].TrimStart((byte)0);
        if (raw.Length % 2 != 0 || r.IsEmpty || s.IsEmpty)
        {
            return 0;
        }

        // X.690 8.3.2: the fewest octets, with a leading zero where the number would look negative
        int contents = GetLength(r) + GetLength(s);
        var writer = new DerWriter(destination);
        writer.WriteHeader(DerTag.Sequence, contents);
        Write(ref writer, r);
        Write(ref writer, s);
        return writer.Written;
    }

    /// <summary>Takes r and s out of their encoding, each into half of the octets.</summary>
    /// <returns><see langword="false"/> when it is not DER, or a number is negative or too long.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, Span<byte> raw)
    {
        var reader = new DerReader(encoded);
        int half = raw.Length / 2;
        return reader.TryReadSequence(out DerReader numbers) && reader.IsEmpty
            && TryDecode(ref numbers, raw[..half]) && TryDecode(ref numbers, raw[half..]) && numbers.IsEmpty;
    }

    private static bool TryDecode(ref DerReader numbers, Span<byte> destination)
    {
        if (!numbers.TryReadInteger(out ReadOnlySpan<byte> number) || number[0] >= 0x80)
        {
            return false;
        }

        number = number.TrimStart((byte)0);
        if (number.Length > destination.Length)
        {
            return false;
        }

        destination.Clear();
        number.CopyTo(destination[^number.Length..]);
        return true;
    }

    private static int GetLength(ReadOnlySpan<byte> number) => 2 + number.Length + (number[0] >> 7);

    private static void Write(ref DerWriter writer, ReadOnlySpan<byte> number)
    {
        writer.WriteHeader(DerTag.Integer, GetLength(number) - 2);
        if (number[0] >= 0x80)
        {
            writer.WriteEncoded([0]);
        }

        writer.WriteEncoded(number);
    }
}
