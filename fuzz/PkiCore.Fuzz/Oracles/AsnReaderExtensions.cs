using System.Formats.Asn1;

namespace PkiCore.Fuzz.Oracles;

/// <summary>What the second parsers need beyond <see cref="AsnReader"/>. Like it, everything throws <see cref="AsnContentException"/>.</summary>
internal static class AsnReaderExtensions
{
    public static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number, isConstructed: true);

    public static AsnReader ReadContext(this AsnReader reader, int number) => reader.ReadSequence(Context(number));

    public static bool NextIs(this AsnReader reader, Asn1Tag tag) => reader.HasData && reader.PeekTag() == tag;

    /// <summary>A value that is not looked into. Stricter than AsnReader: tags of more than one octet are refused.</summary>
    public static ReadOnlyMemory<byte> ReadAny(this AsnReader reader)
    {
        ReadOnlyMemory<byte> value = reader.ReadEncodedValue();
        Check(!DerOracle.HasLongTag(value.Span));
        return value;
    }

    public static ReadOnlyMemory<byte> ReadAny(this AsnReader reader, Asn1Tag tag)
    {
        Check(reader.NextIs(tag));
        return reader.ReadAny();
    }

    /// <summary>Contents octets; the dotted form has limits that the contents have not.</summary>
    public static byte[] ReadObjectIdentifierContents(this AsnReader reader)
    {
        ReadOnlySpan<byte> encoded = reader.ReadAny(Asn1Tag.ObjectIdentifier).Span;
        AsnDecoder.ReadEncodedValue(encoded, AsnEncodingRules.DER, out int offset, out int length, out _);
        byte[] contents = encoded.Slice(offset, length).ToArray();
        Check(IsObjectIdentifier(contents));
        return contents;
    }

    /// <summary>X.690 8.19.2: each arc ends with an octet below 80, and none begins with 80.</summary>
    public static bool IsObjectIdentifier(ReadOnlySpan<byte> contents)
    {
        bool valid = !contents.IsEmpty && contents[^1] < 0x80;
        for (int i = 0; i < contents.Length; i++)
        {
            valid &= contents[i] != 0x80 || (i > 0 && contents[i - 1] >= 0x80);
        }

        return valid;
    }

    /// <summary>Without a fraction of a second (RFC 5280 4.1.2.5.2).</summary>
    public static DateTimeOffset ReadTime(this AsnReader reader)
    {
        Check(reader.PeekEncodedValue().Length == 17);
        return reader.ReadGeneralizedTime();
    }

    public static void Check(bool holds)
    {
        if (!holds)
        {
            throw new AsnContentException();
        }
    }
}
