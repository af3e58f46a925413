using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Fuzz.Oracles;

/// <summary>A second parser of index.txt lines, on strings, and a writer.</summary>
internal static class ReferenceIndexLine
{
    // A sign and 42 digits. Stricter than SerialNumber: OpenSSL writes no more zeros in front than one.
    private const int MaxSerialLength = 1 + (2 * SerialNumber.MaxLength);

    private static readonly Dictionary<string, X509RevocationReason> s_reasons = new(StringComparer.OrdinalIgnoreCase) // as OpenSSL reads them
    {
        ["unspecified"] = X509RevocationReason.Unspecified,
        ["keyCompromise"] = X509RevocationReason.KeyCompromise,
        ["keyTime"] = X509RevocationReason.KeyCompromise,
        ["CACompromise"] = X509RevocationReason.CACompromise,
        ["CAkeyTime"] = X509RevocationReason.CACompromise,
        ["affiliationChanged"] = X509RevocationReason.AffiliationChanged,
        ["superseded"] = X509RevocationReason.Superseded,
        ["cessationOfOperation"] = X509RevocationReason.CessationOfOperation,
        ["certificateHold"] = X509RevocationReason.CertificateHold,
        ["holdInstruction"] = X509RevocationReason.CertificateHold,
        ["privilegeWithdrawn"] = X509RevocationReason.PrivilegeWithdrawn,
        ["AACompromise"] = X509RevocationReason.AACompromise,
    };

    public static StatusChange? Read(ReadOnlySpan<byte> line)
    {
        string[] fields = Encoding.Latin1.GetString(line).Split('\t');
        if (fields.Length != 6
            || ReadTime(fields[1]) is not { } notAfter
            || ReadSerial(fields[3]) is not { } serial)
        {
            return null;
        }

        CertificateStatus? status = fields[0] switch
        {
            "V" or "E" => CertificateStatus.Good,
            "R" => ReadRevocation(fields[2].Split(',')),
            _ => null,
        };
        return status is { } known ? new StatusChange(serial, known, notAfter) : null;
    }

    /// <summary>Whom a line revokes, good or bad.</summary>
    public static SerialNumber? ReadRevokedSerial(ReadOnlySpan<byte> line) =>
        Encoding.Latin1.GetString(line).Split('\t') is ["R", _, _, string serial, ..] ? ReadSerial(serial) : null;

    public static byte[] Write(StatusChange change)
    {
        string revocation = change.Status switch
        {
            { RevocationTime: null } => "",
            { InvalidityDate: { } date, Reason: X509RevocationReason.CACompromise } => $"{Text(change.Status.RevocationTime.Value)},CAkeyTime,{Text(date)}",
            { InvalidityDate: { } date } => $"{Text(change.Status.RevocationTime.Value)},keyTime,{Text(date)}",
            { Reason: { } reason } => $"{Text(change.Status.RevocationTime.Value)},{s_reasons.First(pair => pair.Value == reason).Key}",
        };
        string letter = change.Status.IsRevoked ? "R" : "V";
        return Encoding.ASCII.GetBytes($"{letter}\t{Text(change.NotAfter)}\t{revocation}\t{change.Serial}\tunknown\t/CN=x");
    }

    private static SerialNumber? ReadSerial(string field) =>
        field.Length <= MaxSerialLength && SerialOracle.ToContents(field) is { } contents && SerialNumber.TryCreate(contents, out SerialNumber serial) ? serial : null;

    private static CertificateStatus? ReadRevocation(string[] parts)
    {
        if (parts.Length > 3 || ReadTime(parts[0]) is not { } time)
        {
            return null;
        }

        if (parts.Length == 1)
        {
            return new CertificateStatus(time);
        }

        if (!s_reasons.TryGetValue(parts[1], out X509RevocationReason reason))
        {
            return null;
        }

        if (!parts[1].EndsWith("keyTime", StringComparison.OrdinalIgnoreCase))
        {
            return new CertificateStatus(time, reason);
        }

        return parts.Length == 3 && ReadTime(parts[2]) is { } since ? new CertificateStatus(time, reason, since) : null;
    }

    private static DateTimeOffset? ReadTime(string text)
    {
        if (text.Length is not (13 or 15) || text[^1] != 'Z' || !text[..^1].All(char.IsAsciiDigit))
        {
            return null;
        }

        string full = text.Length == 15 ? text : (text[0] >= '5' ? "19" : "20") + text;
        int[] parts = [int.Parse(full[..4], CultureInfo.InvariantCulture), .. Enumerable.Range(2, 5).Select(i => int.Parse(full.AsSpan(2 * i, 2), CultureInfo.InvariantCulture))];
        bool valid = parts is [>= 1, >= 1 and <= 12, >= 1, <= 23, <= 59, <= 59] && parts[2] <= DateTime.DaysInMonth(parts[0], parts[1]);
        return valid ? new DateTimeOffset(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], TimeSpan.Zero) : null;
    }

    private static string Text(DateTimeOffset time) => time.ToString("yyyyMMddHHmmss'Z'", CultureInfo.InvariantCulture);
}
