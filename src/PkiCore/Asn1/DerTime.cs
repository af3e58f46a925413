using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace PkiCore.Asn1;

/// <summary>The forms of time in certificates, CRLs and OCSP: GeneralizedTime <c>YYYYMMDDHHMMSSZ</c> (RFC 5280 4.1.2.5.2) and UTCTime <c>YYMMDDHHMMSSZ</c> (4.1.2.5.1).</summary>
internal static class DerTime
{
    /// <summary>Of a GeneralizedTime.</summary>
    public const int Length = 15;

    /// <summary>Of a UTCTime: a GeneralizedTime without the century.</summary>
    public const int UtcLength = 13;

    /// <summary>Whether the Time of a certificate or a CRL has to be a UTCTime: through 2049 (RFC 5280 5.1.2.4).</summary>
    public static bool IsUtcTime(DateTimeOffset value) => value.UtcDateTime.Year is >= 1950 and <= 2049;

    public static bool TryParse(ReadOnlySpan<byte> text, out DateTimeOffset value)
    {
        value = default;
        if (text.Length != Length || text[14] != (byte)'Z' || text[..14].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return false;
        }

        int year = (Two(text, 0) * 100) + Two(text, 2);
        int month = Two(text, 4);
        int day = Two(text, 6);
        int hour = Two(text, 8);
        int minute = Two(text, 10);
        int second = Two(text, 12);
        if (year == 0 || month is 0 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        value = new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero);
        return true;
    }

    public static bool TryParseUtc(ReadOnlySpan<byte> text, out DateTimeOffset value)
    {
        value = default;
        if (text.Length != UtcLength)
        {
            return false;
        }

        Span<byte> whole = stackalloc byte[Length];
        (text[0] >= (byte)'5' ? "19"u8 : "20"u8).CopyTo(whole); // RFC 5280 4.1.2.5.1
        text.CopyTo(whole[2..]);
        return TryParse(whole, out value);
    }

    /// <summary>Whether <see cref="TryParseUtc"/> would accept a text, at a fraction of the cost: a CRL has a million of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsValidUtc(ReadOnlySpan<byte> text)
    {
        if (text.Length != UtcLength || text[12] != (byte)'Z')
        {
            return false;
        }

        // YYMMDDhh and mmss as little-endian numbers: the first digit is in the lowest byte
        ulong first = BinaryPrimitives.ReadUInt64LittleEndian(text);
        uint last = BinaryPrimitives.ReadUInt32LittleEndian(text[8..]);
        ulong notDigits = ((first & 0xF0F0_F0F0_F0F0_F0F0) ^ 0x3030_3030_3030_3030) | (((first + 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0) ^ 0x3030_3030_3030_3030)
            | ((last & 0xF0F0_F0F0) ^ 0x3030_3030) | (((last + 0x0606_0606) & 0xF0F0_F0F0) ^ 0x3030_3030);
        if (notDigits != 0)
        {
            return false;
        }

        // ten times each digit plus the next one: of interest in every second byte, and never over 99, so nothing is carried
        first &= 0x0F0F_0F0F_0F0F_0F0F;
        first = (first * 10) + (first >> 8);
        last &= 0x0F0F_0F0F;
        last = (last * 10) + (last >> 8);
        int month = (byte)(first >> 16);
        int day = (byte)(first >> 32);
        ReadOnlySpan<byte> days = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        return month < days.Length && (uint)(day - 1) < days[month] && (byte)(first >> 48) <= 23 && (byte)last <= 59 && (byte)(last >> 16) <= 59
            && (day != 29 || month != 2 || (first & 3) == 0); // leap years come every four years from 1950 to 2049
    }

    public static void Format(DateTimeOffset value, Span<byte> text)
    {
        DateTime utc = value.UtcDateTime;
        PutTwo(text, 0, utc.Year / 100);
        PutTwo(text, 2, utc.Year % 100);
        PutTwo(text, 4, utc.Month);
        PutTwo(text, 6, utc.Day);
        PutTwo(text, 8, utc.Hour);
        PutTwo(text, 10, utc.Minute);
        PutTwo(text, 12, utc.Second); // a fraction is cut off, never rounded up into the future
        text[14] = (byte)'Z';
    }

    private static int Two(ReadOnlySpan<byte> text, int index) => ((text[index] - '0') * 10) + (text[index + 1] - '0');

    private static void PutTwo(Span<byte> text, int index, int value)
    {
        text[index] = (byte)('0' + (value / 10));
        text[index + 1] = (byte)('0' + (value % 10));
    }
}
