using Microsoft.Extensions.Primitives;

namespace PkiCore.AspNetCore;

/// <summary>The part of a representation that a Range header asks for (RFC 9110 14).</summary>
internal readonly record struct ByteRange(long Start, long Length)
{
    private const string Unit = "bytes=";

    /// <summary>Reads the header.</summary>
    /// <param name="header">The values of Range; several count as none.</param>
    /// <param name="total">The length of the whole, over 0.</param>
    /// <returns>
    /// The whole for what is not understood, and for several ranges, both as RFC 9110 14.2 allows: that saves multipart replies, and nobody gets more
    /// than the whole for one request. <see langword="null"/> when nothing of it is there (416).
    /// </returns>
    public static ByteRange? Parse(StringValues header, long total)
    {
        var whole = new ByteRange(0, total);
        ReadOnlySpan<char> text = header.Count == 1 ? header[0] : default;
        if (!text.StartsWith(Unit, StringComparison.OrdinalIgnoreCase))
        {
            return whole;
        }

        text = text[Unit.Length..].Trim([' ', '\t']);
        int dash = text.IndexOf('-');
        if (dash < 0)
        {
            return whole;
        }

        bool hasFirst = TryParse(text[..dash], out long first);
        bool hasLast = TryParse(text[(dash + 1)..], out long last);
        return (hasFirst, hasLast) switch
        {
            (true, true) when first > last => whole, // invalid (14.1.1)
            (true, true) when first < total => new ByteRange(first, Math.Min(last, total - 1) - first + 1),
            (true, false) when dash < text.Length - 1 => whole,
            (true, false) when first < total => new ByteRange(first, total - first),
            (true, _) => null,
            (false, true) when dash > 0 => whole,
            (false, true) when last > 0 => new ByteRange(total - Math.Min(last, total), Math.Min(last, total)),
            (false, true) => null, // the last 0 bytes
            _ => whole,
        };
    }

    /// <summary>Digits alone; a number that is too long for the type is the greatest of it, as good as any beyond the end.</summary>
    private static bool TryParse(ReadOnlySpan<char> digits, out long value)
    {
        value = 0;
        foreach (char digit in digits)
        {
            if (!char.IsAsciiDigit(digit))
            {
                return false;
            }

            value = value > (long.MaxValue - 9) / 10 ? long.MaxValue : (value * 10) + (digit - '0');
        }

        return !digits.IsEmpty;
    }
}
