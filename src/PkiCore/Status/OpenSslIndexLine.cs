using System.Buffers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using PkiCore.X509;

namespace PkiCore.Status;

/// <summary>
/// One line of the text database of <c>openssl ca</c>: six fields between tabs, of which the first four say all that matters here:
/// V, R or E; expiry; revocation (time, then a reason and its argument after commas); serial number in hexadecimal.
/// </summary>
internal static class OpenSslIndexLine
{
    private const int FieldCount = 6;
    private const int FieldsThatMatter = 4;

    /// <summary>Reads a line. A revocation is never lost: when a line says R of a serial number, the change is there whatever else is wrong with it.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="change">What it says; <see langword="default"/> when it says nothing.</param>
    /// <returns><see langword="null"/>, or what is wrong with the line.</returns>
    public static string? TryParse(ReadOnlySpan<byte> line, out StatusChange change)
    {
        change = default;
        Span<Range> fields = stackalloc Range[FieldCount + 1];
        int count = Split(line, (byte)'\t', fields);
        string? fault = count == FieldCount ? null : "it does not have six fields separated by tabs";
        bool saysEnough = fault is null || (count >= FieldsThatMatter && line[fields[0]] is [(byte)'R']);
        if (!saysEnough)
        {
            return fault;
        }

        if (!TryParseSerial(line[fields[3]], out SerialNumber serial))
        {
            return "the serial number (field 4) is not hexadecimal or longer than 20 octets";
        }

        CertificateStatus status = CertificateStatus.Good;
        switch (line[fields[0]])
        {
            case [(byte)'V' or (byte)'E']:
                break;
            case [(byte)'R']:
                fault = ParseRevocation(line[fields[2]], out status) ?? fault;
                break;
            default:
                return "the status (field 1) is not V, R or E";
        }

        if (!TryParseTime(line[fields[1]], out DateTimeOffset notAfter))
        {
            fault ??= "the expiry (field 2) is not a time YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ";
            notAfter = DateTimeOffset.MaxValue;
        }

        if (fault is null || status.IsRevoked)
        {
            change = new StatusChange(serial, status, notAfter);
        }

        return fault;
    }

    /// <summary>The fields of a line; as many as fit when there are more.</summary>
    private static int Split(ReadOnlySpan<byte> line, byte separator, Span<Range> fields)
    {
        int count = 0;
        int start = 0;
        while (count < fields.Length)
        {
            int length = line[start..].IndexOf(separator);
            int end = length < 0 ? line.Length : start + length;
            fields[count++] = start..end;
            if (length < 0)
            {
                break;
            }

            start = end + 1;
        }

        return count;
    }

    private static bool TryParseSerial(ReadOnlySpan<byte> field, out SerialNumber serial)
    {
        Span<char> text = stackalloc char[1 + (2 * SerialNumber.MaxLength)]; // a sign, and two digits for each octet
        serial = default;
        return field.Length <= text.Length
            && Ascii.ToUtf16(field, text, out int length) == OperationStatus.Done
            && SerialNumber.TryParse(text[..length], out serial);
    }

    /// <summary>Reads TIME[,REASON[,ARGUMENT]]. The status is a revocation in any case: for good, and since ever where the time cannot be read.</summary>
    private static string? ParseRevocation(ReadOnlySpan<byte> field, out CertificateStatus status)
    {
        const string fault = "the revocation (field 3) is not TIME[,REASON[,ARGUMENT]]; the certificate is taken as revoked all the same";
        Span<Range> parts = stackalloc Range[4];
        int count = Split(field, (byte)',', parts);
        bool hasTime = TryParseTime(field[parts[0]], out DateTimeOffset time);
        X509RevocationReason? reason = count == 1 ? X509RevocationReason.Unspecified : ParseReason(field[parts[1]]);
        status = new CertificateStatus(hasTime ? time : DateTimeOffset.UnixEpoch, reason ?? X509RevocationReason.Unspecified);
        if (!hasTime || reason is null || count > 3)
        {
            return fault;
        }

        // "keyTime" and "CAkeyTime" carry the time since when the key is suspected; "holdInstruction" an OID that is obsolete.
        if (count == 1 || !Ascii.EqualsIgnoreCase(field[parts[1]][^Math.Min(7, field[parts[1]].Length)..], "keyTime"u8))
        {
            return null;
        }

        bool hasDate = TryParseTime(count == 3 ? field[parts[2]] : default, out DateTimeOffset date);
        status = status with { InvalidityDate = hasDate ? date : null };
        return hasDate ? null : fault;
    }

    /// <summary>OpenSSL does not mind the case.</summary>
    private static X509RevocationReason? ParseReason(ReadOnlySpan<byte> name)
    {
        Span<char> upper = stackalloc char[32]; // longer than any
        bool isAscii = Ascii.ToUpper(name, upper, out int length) == OperationStatus.Done;
        return isAscii ? FindReason(upper[..length]) : null;
    }

    /// <summary>A reason by its name in upper case; <see langword="null"/> when there is none of that name that a certificate can be revoked for.</summary>
    public static X509RevocationReason? FindReason(ReadOnlySpan<char> upperName) => upperName switch
    {
        "UNSPECIFIED" => X509RevocationReason.Unspecified,
        "KEYCOMPROMISE" or "KEYTIME" => X509RevocationReason.KeyCompromise,
        "CACOMPROMISE" or "CAKEYTIME" => X509RevocationReason.CACompromise,
        "AFFILIATIONCHANGED" => X509RevocationReason.AffiliationChanged,
        "SUPERSEDED" => X509RevocationReason.Superseded,
        "CESSATIONOFOPERATION" => X509RevocationReason.CessationOfOperation,
        "CERTIFICATEHOLD" or "HOLDINSTRUCTION" => X509RevocationReason.CertificateHold,
        "PRIVILEGEWITHDRAWN" => X509RevocationReason.PrivilegeWithdrawn,
        "AACOMPROMISE" => X509RevocationReason.AACompromise,
        _ => null, // removeFromCRL is for delta CRLs alone (RFC 5280 5.3.1)
    };

    /// <summary>UTCTime, its years 50 to 99 in the last century (RFC 5280 4.1.2.5.1), or GeneralizedTime.</summary>
    private static bool TryParseTime(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        const int UtcTimeLength = 13; // YYMMDDHHMMSSZ
        time = default;
        bool isUtcTime = text.Length == UtcTimeLength;
        bool hasForm = (isUtcTime || text.Length == UtcTimeLength + 2)
            && text[^1] == (byte)'Z'
            && !text[..^1].ContainsAnyExceptInRange((byte)'0', (byte)'9');
        if (!hasForm)
        {
            return false;
        }

        int century = !isUtcTime ? TwoDigits(text) : text[0] >= (byte)'5' ? 19 : 20;
        text = isUtcTime ? text : text[2..];
        int year = (100 * century) + TwoDigits(text);
        int month = TwoDigits(text[2..]);
        int day = TwoDigits(text[4..]);
        int hour = TwoDigits(text[6..]);
        int minute = TwoDigits(text[8..]);
        int second = TwoDigits(text[10..]);
        bool isTime = year >= 1 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month) && hour < 24 && minute < 60 && second < 60;
        time = isTime ? new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero) : default;
        return isTime;
    }

    private static int TwoDigits(ReadOnlySpan<byte> digits) => (10 * (digits[0] - '0')) + digits[1] - '0';
}
