using System.Text;

namespace PkiCore.Asn1;

// One method per universal type, each with the rule of X.690 that makes its encoding unique.
public ref partial struct DerReader
{
    /// <summary>Reads an INTEGER's contents: two's complement, big-endian, at least one octet, minimal (X.690 8.3.2).</summary>
    public bool TryReadInteger(out ReadOnlySpan<byte> contents, int maxLength = int.MaxValue)
    {
        DerReader start = this;
        if (TryRead(DerTag.Integer, out contents, maxLength) && IsMinimalInteger(contents))
        {
            return true;
        }

        this = start;
        return Fail(out contents);
    }

    /// <summary>Reads an ENUMERATED with a value of 0 to 127, which covers every one in OCSP and CRLs.</summary>
    public bool TryReadEnumerated(out int value)
    {
        DerReader start = this;
        if (TryRead(DerTag.Enumerated, out ReadOnlySpan<byte> contents) && contents.Length == 1 && contents[0] < 0x80)
        {
            value = contents[0];
            return true;
        }

        this = start;
        return Fail(out value);
    }

    /// <summary>Reads a BOOLEAN: FALSE is 00, TRUE is FF (X.690 11.1).</summary>
    public bool TryReadBoolean(out bool value)
    {
        DerReader start = this;
        if (TryRead(DerTag.Boolean, out ReadOnlySpan<byte> contents) && contents.Length == 1 && contents[0] is 0x00 or 0xFF)
        {
            value = contents[0] != 0;
            return true;
        }

        this = start;
        return Fail(out value);
    }

    /// <summary>Reads a NULL: no contents (X.690 8.8.2).</summary>
    public bool TryReadNull()
    {
        if (_rest.StartsWith((ReadOnlySpan<byte>)[DerTag.Null, 0]))
        {
            _rest = _rest[2..];
            return true;
        }

        return false;
    }

    /// <summary>Reads an OBJECT IDENTIFIER's contents; every subidentifier is complete and minimal (X.690 8.19.2).</summary>
    public bool TryReadObjectIdentifier(out ReadOnlySpan<byte> contents, int maxLength = int.MaxValue)
    {
        DerReader start = this;
        if (TryRead(DerTag.ObjectIdentifier, out contents, maxLength) && IsWellFormedObjectIdentifier(contents))
        {
            return true;
        }

        this = start;
        return Fail(out contents);
    }

    /// <summary>Reads an OCTET STRING; the constructed form is not DER (X.690 10.2).</summary>
    public bool TryReadOctetString(out ReadOnlySpan<byte> contents, int maxLength = int.MaxValue) =>
        TryRead(DerTag.OctetString, out contents, maxLength);

    /// <summary>Reads a BIT STRING; unused bits are zero (X.690 11.2.1).</summary>
    /// <param name="bits">The octets that hold the bits, first bit highest.</param>
    /// <param name="unusedBits">How many low bits of the last octet do not count, 0 to 7.</param>
    public bool TryReadBitString(out ReadOnlySpan<byte> bits, out int unusedBits)
    {
        DerReader start = this;
        if (TryRead(DerTag.BitString, out ReadOnlySpan<byte> contents) && !contents.IsEmpty && contents[0] <= 7)
        {
            bits = contents[1..];
            unusedBits = contents[0];
            if (bits.IsEmpty ? unusedBits == 0 : (bits[^1] & ((1 << unusedBits) - 1)) == 0)
            {
                return true;
            }
        }

        this = start;
        unusedBits = 0;
        return Fail(out bits);
    }

    /// <summary>Reads a GeneralizedTime <c>YYYYMMDDHHMMSSZ</c>: GMT, with seconds, without fraction (RFC 5280 4.1.2.5.2).</summary>
    public bool TryReadGeneralizedTime(out DateTimeOffset value)
    {
        DerReader start = this;
        if (TryRead(DerTag.GeneralizedTime, out ReadOnlySpan<byte> text) && DerTime.TryParse(text, out value))
        {
            return true;
        }

        this = start;
        return Fail(out value);
    }

    /// <summary>Reads a Time as certificates and CRLs have it: UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 5.1.2.4), both in GMT and with seconds.</summary>
    public bool TryReadTime(out DateTimeOffset value)
    {
        DerReader start = this;
        if (HasTag(DerTag.UtcTime)
            ? TryRead(DerTag.UtcTime, out ReadOnlySpan<byte> text) && DerTime.TryParseUtc(text, out value)
            : TryReadGeneralizedTime(out value) && !DerTime.IsUtcTime(value))
        {
            return true;
        }

        this = start;
        return Fail(out value);
    }

    internal static bool IsMinimalInteger(ReadOnlySpan<byte> contents) => contents switch
    {
        [] => false,
        [0x00, < 0x80, ..] or [0xFF, >= 0x80, ..] => false, // the first nine bits are alike
        _ => true,
    };

    private static bool IsWellFormedObjectIdentifier(ReadOnlySpan<byte> contents)
    {
        if (Ascii.IsValid(contents))
        {
            return !contents.IsEmpty; // the usual case, checked at once: every subidentifier is one octet
        }

        bool atStart = true;
        foreach (byte octet in contents)
        {
            if (atStart && octet == 0x80)
            {
                return false;
            }

            atStart = octet < 0x80;
        }

        return atStart;
    }
}
