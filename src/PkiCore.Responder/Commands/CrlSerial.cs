using System.Globalization;
using System.Numerics;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary>Serial numbers of any length as people write them: OpenSSL's hexadecimal, with or without colons.</summary>
internal static class CrlSerial
{
    public static string Describe(ReadOnlySpan<byte> contents) =>
        SerialNumber.TryCreate(contents, out SerialNumber serial) ? serial.ToString() : Convert.ToHexString(contents);

    /// <summary>Reads one.</summary>
    /// <param name="text">What somebody typed or pasted.</param>
    /// <param name="contents">The contents octets of its INTEGER.</param>
    public static bool TryParse(string text, out byte[] contents)
    {
        bool isNegative = text.StartsWith('-');
        string digits = (isNegative ? text[1..] : text).Replace(":", "", StringComparison.Ordinal);
        digits = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? digits[2..] : digits;
        BigInteger value = 0;
        bool isNumber = digits.Length > 0 && BigInteger.TryParse("0" + digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        contents = (isNegative ? -value : value).ToByteArray(isBigEndian: true);
        return isNumber;
    }
}
