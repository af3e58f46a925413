using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Responder.Demo;

/// <summary>
/// The lines of the database of <c>openssl ca</c>: status, expiry, revocation, serial, file ("unknown"), subject; tabs between.
/// </summary>
internal static class IndexLine
{
    public static string Valid(DateTimeOffset expiry, string serial, string commonName) =>
        Join("V", Time(expiry), "", serial, $"/CN={commonName}");

    public static string Revoked(DateTimeOffset expiry, string revocation, string serial, string commonName) =>
        Join("R", Time(expiry), revocation, serial, $"/CN={commonName}");

    /// <summary>The same line with another revocation; null makes it valid again.</summary>
    public static string WithRevocation(string line, string? revocation)
    {
        string[] fields = line.Split('\t');
        return Join(revocation is null ? "V" : "R", fields[1], revocation ?? "", fields[3], fields[5]);
    }

    /// <summary>The third column: the time, then the reason, then what belongs to the reason.</summary>
    public static string Revocation(DateTimeOffset time, X509RevocationReason? reason, DateTimeOffset? invalidity)
    {
        if (invalidity is not null)
        {
            // OpenSSL keeps an invalidity date with the two compromise reasons only, under names of its own.
            string name = reason switch
            {
                X509RevocationReason.KeyCompromise => "keyTime",
                X509RevocationReason.CACompromise => "CAkeyTime",
                _ => throw new ArgumentException("An invalidity date needs the reason keyCompromise or CACompromise.", nameof(invalidity)),
            };
            return $"{Time(time)},{name},{GeneralizedTime(invalidity.Value)}";
        }

        return reason is null ? Time(time) : $"{Time(time)},{ReasonName(reason.Value)}";
    }

    /// <summary>UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5).</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.Year is >= 1950 and < 2050
        ? time.UtcDateTime.ToString("yyMMddHHmmss'Z'", CultureInfo.InvariantCulture)
        : GeneralizedTime(time);

    private static string GeneralizedTime(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyyMMddHHmmss'Z'", CultureInfo.InvariantCulture);

    // The names that apps/lib/apps.c of OpenSSL knows; it has none for privilegeWithdrawn and aACompromise.
    private static string ReasonName(X509RevocationReason reason) => reason switch
    {
        X509RevocationReason.Unspecified => "unspecified",
        X509RevocationReason.KeyCompromise => "keyCompromise",
        X509RevocationReason.CACompromise => "CACompromise",
        X509RevocationReason.AffiliationChanged => "affiliationChanged",
        X509RevocationReason.Superseded => "superseded",
        X509RevocationReason.CessationOfOperation => "cessationOfOperation",
        X509RevocationReason.CertificateHold => "certificateHold",
        X509RevocationReason.RemoveFromCrl => "removeFromCRL",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "An OpenSSL index cannot hold this reason."),
    };

    private static string Join(string status, string expiry, string revocation, string serial, string subject) =>
        string.Join('\t', status, expiry, revocation, serial, "unknown", subject);
}
