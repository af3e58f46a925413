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
