using System.Security.Cryptography.X509Certificates;
using PkiCore.Campaigns.Asking;
using PkiCore.Campaigns.Library;
using PkiCore.Responder.Demo;

namespace PkiCore.Campaigns.TableChurn;

/// <summary>What a CA may do to its certificates, at random.</summary>
internal sealed class TableDisturbances(StatusHistory history, TimeProvider timeProvider)
{
    private const int HotCertificates = 20;

    private static readonly X509RevocationReason[] s_reasons =
        [X509RevocationReason.Unspecified, X509RevocationReason.KeyCompromise, X509RevocationReason.Superseded, X509RevocationReason.CertificateHold, X509RevocationReason.CertificateHold];

    /// <summary>No more are added.</summary>
    public int MaxCertificates { get; init; } = 4000;

    public void AddMany(int count, TimeSpan validity)
    {
        int room = Math.Min(count, MaxCertificates - history.Serials.Count);
        DateTimeOffset notAfter = timeProvider.GetUtcNow() + validity;
        history.Add([.. SerialNumbers.NextMany(Math.Max(0, room)).Select(serial => (serial, Standing.Good, notAfter))]);
    }

    /// <summary>Certificates that expire soon, at different times.</summary>
    public void AddShortLived(Random random)
    {
        for (int count = random.Next(1, 20); count > 0; count--)
        {
            AddMany(1, TimeSpan.FromSeconds(random.Next(5, 200)));
        }
    }

    /// <summary>Changes the status of a few that change all the time, or of many at once.</summary>
    public void ChangeStatus(Random random, int count)
    {
        IReadOnlyList<string> serials = history.Serials;
        int range = random.Next(2) == 0 ? Math.Min(HotCertificates, serials.Count) : serials.Count;
        IEnumerable<string> chosen = Enumerable.Range(0, count).Select(_ => serials[random.Next(range)]).Distinct(StringComparer.Ordinal);
        history.Add([.. chosen.Select(serial => (serial, Change(history[serial][^1].Standing, random), history[serial][^1].NotAfter))]);
    }

    /// <summary>Gives certificates another end of their validity, which changes no answer.</summary>
    public void Prolong(Random random)
    {
        IReadOnlyList<string> serials = history.Serials;
        IEnumerable<string> chosen = Enumerable.Range(0, 20).Select(_ => serials[random.Next(serials.Count)]).Distinct(StringComparer.Ordinal);
        history.Add([.. chosen.Select(serial => (serial, history[serial][^1].Standing, timeProvider.GetUtcNow().AddDays(random.Next(1, 1000))))]);
    }

    /// <summary>A certificate that is revoked for good, if one is found quickly.</summary>
    public string? FindRevoked(Random random)
    {
        IReadOnlyList<string> serials = history.Serials;
        return Enumerable.Range(0, 50).Select(_ => serials[random.Next(serials.Count)]).FirstOrDefault(serial => history[serial][^1].Standing.IsPermanent);
    }

    /// <summary>Mostly holds, which can be released: what is revoked for good changes no more.</summary>
    private Standing Change(Standing standing, Random random)
    {
        if (standing.IsPermanent)
        {
            return standing;
        }

        if (standing.IsOnHold && random.Next(2) == 0)
        {
            return Standing.Good;
        }

        X509RevocationReason reason = random.Next(4) == 0 ? s_reasons[random.Next(s_reasons.Length)] : X509RevocationReason.CertificateHold;
        long now = timeProvider.GetUtcNow().ToUnixTimeSeconds();
        return new Standing(true, DateTimeOffset.FromUnixTimeSeconds(now - random.Next(1000)), reason);
    }
}
