using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using System.Text;
using PkiCore.Asn1;
using PkiCore.Serving.Storage;
using PkiCore.X509;

namespace PkiCore.Fuzz.Oracles;

/// <summary>Compares <see cref="SerialNumber"/> with <see cref="BigInteger"/>.</summary>
internal static class SerialOracle
{
    /// <summary>Stricter than an INTEGER: at most 20 octets, not counting a zero octet in front.</summary>
    public static bool CheckContents(ReadOnlySpan<byte> contents)
    {
        byte[] encoded = RequestEncoder.Wrap(DerTag.Integer, contents);
        bool valid = IsShortEnough(contents) && IsInteger(encoded);
        bool accepted = SerialNumber.TryCreate(contents, out SerialNumber serial);
        Oracle.Same(valid, accepted, "a serial number is accepted");
        if (accepted)
        {
            CheckValue(serial, contents);
        }

        return accepted;
    }

    public static bool CheckText(ReadOnlySpan<byte> text)
    {
        string hex = Encoding.Latin1.GetString(text);
        byte[]? expected = ToContents(hex);
        bool accepted = SerialNumber.TryParse(hex, out SerialNumber serial);
        Oracle.Same(expected is not null, accepted, "the text of a serial number is accepted");
        if (accepted)
        {
            CheckValue(serial, expected);
        }

        return accepted;
    }

    /// <summary>The INTEGER that a hexadecimal text means; <see langword="null"/> when it is none or is too long.</summary>
    public static byte[]? ToContents(string hex)
    {
        bool negative = hex.StartsWith('-');
        string digits = negative ? hex[1..] : hex;
        if (digits.Length == 0 || !digits.All(char.IsAsciiHexDigit))
        {
            return null;
        }

        BigInteger value = BigInteger.Parse("0" + digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        byte[] contents = (negative ? -value : value).ToByteArray(isBigEndian: true);
        return IsShortEnough(contents) ? contents : null;
    }

    private static void CheckValue(SerialNumber serial, ReadOnlySpan<byte> contents)
    {
        byte[] copy = new byte[serial.Length];
        Oracle.Same(copy.Length, serial.CopyTo(copy), "copied length");
        Oracle.SameBytes(contents, copy, "contents");

        string text = serial.ToString();
        Oracle.Require(text.TrimStart('-').Length % 2 == 0 && !text.Any(char.IsAsciiLetterLower), "the text is in whole octets, upper case");
        Oracle.SameBytes(contents, ToContents(text), "value of the text");
        Oracle.Require(SerialNumber.TryParse(text, out SerialNumber again), "the text can be parsed");
        Oracle.Require(serial == again && serial.Equals((object)again) && serial.GetHashCode() == again.GetHashCode(), "the text means the same serial number");

        var key = new SerialKey(in serial);
        Oracle.Require(key.IsValid && key.ToSerialNumber() == serial, "the table's form means the same serial number");

        copy[^1] ^= 1;
        Oracle.Require(!SerialNumber.TryCreate(copy, out SerialNumber other) || serial != other, "another serial number is not equal");
    }

    private static bool IsShortEnough(ReadOnlySpan<byte> contents) => contents.Length - (contents is [0, ..] ? 1 : 0) <= 20;

    private static bool IsInteger(byte[] encoded)
    {
        try
        {
            AsnDecoder.ReadIntegerBytes(encoded, AsnEncodingRules.DER, out int consumed);
            return consumed == encoded.Length;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}
