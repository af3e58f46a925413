using System.Formats.Asn1;
using PkiCore.Asn1;

namespace PkiCore.Fuzz.Oracles;

/// <summary>One check per universal type: same verdict as <see cref="AsnDecoder"/>, same value, same bytes when written again.</summary>
internal static class DerTypeOracle
{
    private const AsnEncodingRules Der = AsnEncodingRules.DER;

    private delegate T Decode<out T>(ReadOnlySpan<byte> source, out int consumed);

    public static bool Integer(ReadOnlySpan<byte> rest, ref DerReader reader)
    {
        bool valid = TryDecode(
            rest,
            (ReadOnlySpan<byte> source, out int used) => AsnDecoder.ReadIntegerBytes(source, Der, out used).ToArray(),
            out byte[]? value, out int consumed);
        bool read = reader.TryReadInteger(out ReadOnlySpan<byte> contents);
        return Agree(valid, read, value, contents, DerTag.Integer, rest, consumed);
    }

    /// <summary>Stricter than AsnDecoder: 0 to 127 only.</summary>
    public static bool Enumerated(ReadOnlySpan<byte> rest, ref DerReader reader)
    {
        bool valid = TryDecode(
            rest,
            (ReadOnlySpan<byte> source, out int used) => AsnDecoder.ReadEnumeratedBytes(source, Der, out used).ToArray(),
            out byte[]? value, out int consumed)
            && value is [< 0x80];
        bool read = reader.TryReadEnumerated(out int number);
        return Agree(valid, read, value, [(byte)number], DerTag.Enumerated, rest, consumed);
    }

    public static bool Boolean(ReadOnlySpan<byte> rest, ref DerReader reader)
    {
        bool valid = TryDecode(
            rest,
            (ReadOnlySpan<byte> source, out int used) => AsnDecoder.ReadBoolean(source, Der, out used),
            out bool value, out int consumed);
        bool read = reader.TryReadBoolean(out bool number);
        return Agree(valid, read, [(byte)(value ? 0xFF : 0)], [(byte)(number ? 0xFF : 0)], DerTag.Boolean, rest, consumed);
    }

    public static bool Null(ReadOnlySpan<byte> rest, ref DerReader reader)
    {
        bool valid = TryDecode(rest, ReadNull, out _, out int consumed);
        return Agree(valid, reader.TryReadNull(), [], [], DerTag.Null, rest, consumed);
    }

    /// <summary>AsnDecoder also builds the dotted form, which it refuses to do for many or long arcs; there the octets alone are checked.</summary>
    public static bool ObjectIdentifier(ReadOnlySpan<byte> rest, ref DerReader reader)
    {
        bool valid = TryDecode(rest, ReadContents, out byte[]? octets, out int consumed)
            && AsnReaderExtensions.IsObjectIdentifier(octets);
        bool read = reader.TryReadObjectIdentifier(out ReadOnlySpan<byte> contents);
        if (TryDecode(rest, (ReadOnlySpan<byte> source, out int used) => AsnDecoder.ReadObjectIdentifier(source, Der, out used), out string? dotted, out _))
        {
            Oracle.Require(valid, "what AsnDecoder takes is an OBJECT IDENTIFIER");
            Oracle.SameBytes(EncodeDotted(dotted!), contents, "contents of the dotted form");
        }

        return Agree(valid, read, octets, contents, DerTag.ObjectIdentifier, rest, consumed);
    }

    public static bool OctetString(ReadOnlySpan<byte> rest, ref DerReader reader)
    {
        bool valid = TryDecode(
            rest,
            (ReadOnlySpan<byte> source, out int used) => AsnDecoder.ReadOctetString(source, Der, out used),
            out byte[]? value, out int consumed);
        bool read = reader.TryReadOctetString(out ReadOnlySpan<byte> contents);
        return Agree(valid, read, value, contents, DerTag.OctetString, rest, consumed);
    }

    public static bool BitString(ReadOnlySpan<byte> rest, ref DerReader reader)
    {
        int unused = 0;
        bool valid = TryDecode(
            rest,
            (ReadOnlySpan<byte> source, out int used) => AsnDecoder.ReadBitString(source, Der, out unused, out used),
            out byte[]? value, out int consumed);
        bool read = reader.TryReadBitString(out ReadOnlySpan<byte> bits, out int unusedBits);
        return Agree(valid, read, value is null ? null : [(byte)unused, .. value], read ? [(byte)unusedBits, .. bits] : [], DerTag.BitString, rest, consumed);
    }

    /// <summary>Stricter than AsnDecoder: no fraction of a second (RFC 5280 4.1.2.5.2), so exactly fifteen characters.</summary>
    public static bool GeneralizedTime(ReadOnlySpan<byte> rest, ref DerReader reader)
    {
        const int Length = 2 + 15;
        bool valid = TryDecode(
            rest,
            (ReadOnlySpan<byte> source, out int used) => AsnDecoder.ReadGeneralizedTime(source, Der, out used),
            out DateTimeOffset value, out int consumed)
            && consumed == Length;
        bool read = reader.TryReadGeneralizedTime(out DateTimeOffset time);
        Oracle.Same(valid, read, "a GeneralizedTime is read");
        if (read)
        {
            Oracle.Same(value, time, "time");
            byte[] written = new byte[Length];
            new DerWriter(written).WriteGeneralizedTime(time);
            Oracle.SameBytes(rest[..Length], written, "the time written again");
        }

        return read;
    }

    /// <summary>A Time as in CRLs: UTCTime through 2049, of which the quick look has to think the same, and GeneralizedTime of other years only.</summary>
    public static bool Time(ReadOnlySpan<byte> rest, ref DerReader reader)
    {
        bool isUtc = rest[0] == DerTag.UtcTime;
        bool valid = TryDecode(
            rest,
            (ReadOnlySpan<byte> source, out int used) => source[0] == DerTag.UtcTime
                ? AsnDecoder.ReadUtcTime(source, Der, out used, twoDigitYearMax: 2049)
                : AsnDecoder.ReadGeneralizedTime(source, Der, out used),
            out DateTimeOffset value, out int consumed)
            && consumed == 2 + (isUtc ? DerTime.UtcLength : DerTime.Length)
            && isUtc == (value.Year is >= 1950 and <= 2049);
        DerReader text = reader;
        Oracle.Same(valid && isUtc, text.TryRead(DerTag.UtcTime, out ReadOnlySpan<byte> contents) && DerTime.IsValidUtc(contents), "a UTCTime looks valid");
        bool read = reader.TryReadTime(out DateTimeOffset time);
        Oracle.Same(valid, read, "a Time is read");
        if (read)
        {
            Oracle.Same(value, time, "time");
            byte[] written = new byte[consumed];
            new DerWriter(written).WriteTime(time);
            Oracle.SameBytes(rest[..consumed], written, "the time written again");
        }

        return read;
    }

    /// <summary>Whether any of the typed methods takes a value whose tag belongs to none of them.</summary>
    public static bool IsReadAsAny(ref DerReader reader) =>
        reader.TryReadInteger(out _) | reader.TryReadEnumerated(out _) | reader.TryReadBoolean(out _) | reader.TryReadNull()
        | reader.TryReadObjectIdentifier(out _) | reader.TryReadOctetString(out _) | reader.TryReadBitString(out _, out _)
        | reader.TryReadGeneralizedTime(out _) | reader.TryReadTime(out _);

    private static bool Agree(bool valid, bool read, byte[]? value, ReadOnlySpan<byte> contents, byte tag, ReadOnlySpan<byte> rest, int consumed)
    {
        Oracle.Require(valid == read, $"a value with tag {tag:X2} is {(read ? "read, but not valid" : "valid, but not read")}");
        if (read)
        {
            Oracle.SameBytes(value, contents, "contents");
            DerOracle.CheckRewritten(rest[..consumed], tag, contents);
        }

        return read;
    }

    private static bool TryDecode<T>(ReadOnlySpan<byte> source, Decode<T> decode, out T? value, out int consumed)
    {
        value = default;
        consumed = 0;
        try
        {
            // An exception is slow, and most refusals are of the header.
            if (!AsnDecoder.TryReadEncodedValue(source, Der, out _, out _, out _, out _))
            {
                return false;
            }

            value = decode(source, out consumed);
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static bool ReadNull(ReadOnlySpan<byte> source, out int consumed)
    {
        AsnDecoder.ReadNull(source, Der, out consumed);
        return true;
    }

    private static byte[] ReadContents(ReadOnlySpan<byte> source, out int consumed)
    {
        AsnDecoder.ReadEncodedValue(source, Der, out int offset, out int length, out consumed);
        return source.Slice(offset, length).ToArray();
    }

    private static byte[] EncodeDotted(string dotted)
    {
        var writer = new AsnWriter(Der);
        writer.WriteObjectIdentifier(dotted);
        return ReadContents(writer.Encode(), out _);
    }
}
