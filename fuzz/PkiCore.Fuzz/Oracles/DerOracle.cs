using System.Formats.Asn1;
using PkiCore.Asn1;

namespace PkiCore.Fuzz.Oracles;

/// <summary>Compares <see cref="DerReader"/> with <see cref="AsnDecoder"/>, value by value, and writes what was read again.</summary>
internal static class DerOracle
{
    private const AsnEncodingRules Der = AsnEncodingRules.DER;

    /// <summary>One whole value of any kind. Stricter than AsnDecoder: tags of more than one octet are refused.</summary>
    public static void CheckEncoded(ReadOnlySpan<byte> rest, bool read, ReadOnlySpan<byte> encoded, DerReader after)
    {
        bool valid = AsnDecoder.TryReadEncodedValue(rest, Der, out _, out _, out _, out int consumed) && !HasLongTag(rest);
        Oracle.Same(valid, read, "a value is read");
        Oracle.SameBytes(read ? rest[..consumed] : default, encoded, "encoded value");
        Oracle.SameBytes(rest[encoded.Length..], after.Remaining, "what follows the value");
    }

    /// <summary>The contents of a constructed value, within a limit and over it.</summary>
    public static ReadOnlySpan<byte> CheckConstructed(ReadOnlySpan<byte> encoded)
    {
        var reader = new DerReader(encoded);
        Oracle.Require(reader.TryReadConstructed(encoded[0], out DerReader contents) && reader.IsEmpty, "what is a value can be entered");
        int length = contents.Remaining.Length;
        var again = new DerReader(encoded);
        Oracle.Require(length == 0 || !again.TryRead(encoded[0], out _, length - 1), "contents over the limit are refused");
        Oracle.Require(!again.TryReadEncoded((byte)(encoded[0] ^ 1), out _), "another tag is refused");
        Oracle.Require(again.TryRead(encoded[0], out ReadOnlySpan<byte> same, length), "contents within the limit are read");
        var sequence = new DerReader(encoded);
        Oracle.Same(encoded[0] == DerTag.Sequence, sequence.TryReadSequence(out _), "a SEQUENCE is entered");
        CheckRewritten(encoded, encoded[0], same);
        return same;
    }

    /// <summary>Reads the next value as what its universal tag says; other tags are not looked at.</summary>
    /// <returns>Whether it is a value of that type.</returns>
    public static bool CheckTyped(ReadOnlySpan<byte> rest)
    {
        var reader = new DerReader(rest);
        bool accepted = rest[0] switch
        {
            DerTag.Integer => DerTypeOracle.Integer(rest, ref reader),
            DerTag.Enumerated => DerTypeOracle.Enumerated(rest, ref reader),
            DerTag.Boolean => DerTypeOracle.Boolean(rest, ref reader),
            DerTag.Null => DerTypeOracle.Null(rest, ref reader),
            DerTag.ObjectIdentifier => DerTypeOracle.ObjectIdentifier(rest, ref reader),
            DerTag.OctetString => DerTypeOracle.OctetString(rest, ref reader),
            DerTag.BitString => DerTypeOracle.BitString(rest, ref reader),
            DerTag.GeneralizedTime => CheckTime(rest) | DerTypeOracle.GeneralizedTime(rest, ref reader),
            DerTag.UtcTime => DerTypeOracle.Time(rest, ref reader),
            _ => !DerTypeOracle.IsReadAsAny(ref reader),
        };
        Oracle.Require(accepted || reader.Remaining.Length == rest.Length, "a refused value is not passed over");
        return accepted;
    }

    private static bool CheckTime(ReadOnlySpan<byte> rest)
    {
        var reader = new DerReader(rest);
        return DerTypeOracle.Time(rest, ref reader);
    }

    public static void CheckRewritten(ReadOnlySpan<byte> encoded, byte tag, ReadOnlySpan<byte> contents)
    {
        byte[] written = new byte[DerWriter.GetEncodedLength(contents.Length)];
        var writer = new DerWriter(written);
        writer.Write(tag, contents);
        Oracle.SameBytes(encoded, written.AsSpan(0, writer.Written), "the value written again");
    }

    public static bool HasLongTag(ReadOnlySpan<byte> value) => !value.IsEmpty && (value[0] & 0x1F) == 0x1F;
}
