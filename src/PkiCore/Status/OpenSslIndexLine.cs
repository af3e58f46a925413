using System.Buffers;
using System.Globalization;
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

    /// <returns><see langword="null"/>, or what is wrong with the line.</returns>
    public static string? TryParse(ReadOnlySpan<byte> line, out StatusChange change)
    {
        change = default;
        Span<Range> fields = stackalloc Range[FieldCount + 1];
        if (Split(line, (byte)'\t', fields) != FieldCount)
        {
            return "it does not have six fields separated by tabs";
        }

        if (!TryParseTime(line[fields[1]], out DateTimeOffset notAfter))
        {
            return "the expiry (field 2) is not a time YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ";
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
                if (!TryParseRevocation(line[fields[2]], out status))
                {
                    return "the revocation (field 3) is not TIME[,REASON[,ARGUMENT]]";
                }

                break;
            default:
                return "the status (field 1) is not V, R or E";
        }

        change = new StatusChange(serial, status, notAfter);
        return null;
    }

    /// <summary>The fields of a line; as many as fit when there are more.</summary>
    private static int Split(ReadOnlySpan<byte> line, byte separator, Span<Range> fields)
    {
        int count = 0;
        foreach (Range field in line.Split(separator))
        {
            fields[count++] = field;
            if (count == fields.Length)
            {
                break;
            }
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

    private static bool TryParseRevocation(ReadOnlySpan<byte> field, out CertificateStatus status)
    {
        status = default;
        Span<Range> parts = stackalloc Range[4];
        int count = Split(field, (byte)',', parts);
        if (count is 0 or > 3 || !TryParseTime(field[parts[0]], out DateTimeOffset time))
        {
            return false;
        }

        if (count == 1)
        {
            status = new CertificateStatus(time);
            return true;
        }

        ReadOnlySpan<byte> argument = count == 3 ? field[parts[2]] : default;
        if (ParseReason(field[parts[1]]) is not { } reason)
        {
            return false;
        }

        // "keyTime" and "CAkeyTime" carry the time since when the key is suspected; "holdInstruction" an OID that is obsolete.
        status = new CertificateStatus(time, reason);
        if (!field[parts[1]].EndsWith("eyTime"u8))
        {
            return true;
        }

        bool hasDate = TryParseTime(argument, out DateTimeOffset invalidityDate);
        status = status with { InvalidityDate = invalidityDate };
        return hasDate;
    }

    private static X509RevocationReason? ParseReason(ReadOnlySpan<byte> name) => Encoding.ASCII.GetString(name) switch
    {
        "unspecified" => X509RevocationReason.Unspecified,
        "keyCompromise" or "keyTime" => X509RevocationReason.KeyCompromise,
        "CACompromise" or "CAkeyTime" => X509RevocationReason.CACompromise,
        "affiliationChanged" => X509RevocationReason.AffiliationChanged,
        "superseded" => X509RevocationReason.Superseded,
        "cessationOfOperation" => X509RevocationReason.CessationOfOperation,
        "certificateHold" or "holdInstruction" => X509RevocationReason.CertificateHold,
        "privilegeWithdrawn" => X509RevocationReason.PrivilegeWithdrawn,
        "AACompromise" => X509RevocationReason.AACompromise,
        _ => null, // removeFromCRL is for delta CRLs alone (RFC 5280 5.3.1)
    };

    /// <summary>UTCTime, its years 50 to 99 in the last century (RFC 5280 4.1.2.5.1), or GeneralizedTime.</summary>
    private static bool TryParseTime(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        const int UtcTimeLength = 13; // YYMMDDHHMMSSZ
        time = default;
        Span<char> withCentury = stackalloc char[UtcTimeLength + 2];
        bool isUtcTime = text.Length == UtcTimeLength;
        if (isUtcTime)
        {
            (text[0] >= (byte)'5' ? "19" : "20").CopyTo(withCentury);
        }

        return text.Length is UtcTimeLength or UtcTimeLength + 2
            && Ascii.ToUtf16(text, isUtcTime ? withCentury[2..] : withCentury, out _) == OperationStatus.Done
            && DateTimeOffset.TryParseExact(withCentury, "yyyyMMddHHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }
}
