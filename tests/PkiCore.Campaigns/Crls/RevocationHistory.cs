using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Campaigns.Harness;
using PkiCore.Responder.Demo;
using PkiCore.X509;

namespace PkiCore.Campaigns.Crls;

/// <summary>The certificates of a CA whose index the campaign changes, and all that was ever true of them. One thread writes, many read.</summary>
internal sealed class RevocationHistory(DemoCa ca, Journal<IndexEntry> journal, TimeProvider timeProvider)
{
    private const int HotCertificates = 60;

    private static readonly X509RevocationReason?[] s_reasons = [null, X509RevocationReason.KeyCompromise, X509RevocationReason.Superseded];

    private readonly ConcurrentDictionary<SerialNumber, CertificateTimeline> _bySerial = new();
    private readonly HashSet<SerialNumber> _others = [.. ca.ReadIndexLines().Select(line => Parse(line.Split('\t')[3]))];
    private volatile CertificateTimeline[] _certificates = [];

    public IReadOnlyList<CertificateTimeline> Certificates => _certificates;

    /// <summary>Whether it is a certificate of the CA.</summary>
    public bool Knows(SerialNumber serial) => _bySerial.ContainsKey(serial) || _others.Contains(serial);

    /// <summary>How many changes were written.</summary>
    public int Changes { get; private set; }

    public void AddMany(int count)
    {
        IReadOnlyList<string> serials = ca.IssueMany(count);
        CertificateTimeline[] added = [.. serials.Select(Create)];
        foreach (CertificateTimeline certificate in added)
        {
            _bySerial[certificate.Serial] = certificate;
        }

        _certificates = [.. _certificates, .. added];
        Record("add", RevocationStates.NotListed, serials, isDone: true);
    }

    /// <summary>Begins with many that are on the lists.</summary>
    public void HoldMany(int count, Random random) => Set(RevocationStates.OnHold, [.. _certificates.Take(count)], random);

    /// <summary>Makes sure that there is something to tell.</summary>
    public void HoldOneMore(Random random)
    {
        AddMany(1);
        Set(RevocationStates.OnHold, [_certificates[^1]], random);
    }

    /// <summary>Revokes, holds and releases: some certificates all the time, or any at all.</summary>
    public void Change(Random random, int count)
    {
        CertificateTimeline[] all = _certificates;
        int range = random.Next(2) == 0 ? Math.Min(HotCertificates, all.Length) : all.Length;
        IEnumerable<CertificateTimeline> chosen = Enumerable.Range(0, count).Select(_ => all[random.Next(range)]).Where(certificate => certificate.Current != RevocationStates.Revoked).Distinct();
        foreach (IGrouping<RevocationStates, CertificateTimeline> group in chosen.ToLookup(certificate => Choose(certificate.Current, random)))
        {
            Set(group.Key, [.. group], random);
        }
    }

    /// <summary>Lets the index say that some certificates that a CRL lists as revoked for good are not.</summary>
    public void Lie(Random random)
    {
        CertificateTimeline[] revoked = [.. _certificates.Where(certificate => certificate.IsPublishedRevoked && certificate.Current == RevocationStates.Revoked && !certificate.IsLiedAbout)];
        foreach (CertificateTimeline certificate in Enumerable.Range(0, Math.Min(3, revoked.Length)).Select(_ => revoked[random.Next(revoked.Length)]).Distinct())
        {
            certificate.IsLiedAbout = true;
            Record("lie", RevocationStates.Revoked, [certificate.Text], isDone: false);
            ca.Unrevoke(certificate.Text);
        }
    }

    /// <summary>Lets the index tell the truth again.</summary>
    public void Repent()
    {
        string[] serials = [.. _certificates.Where(certificate => certificate.IsLiedAbout).Select(certificate => certificate.Text)];
        if (serials.Length > 0)
        {
            Record("repent", RevocationStates.Revoked, serials, isDone: false);
            ca.RevokeMany(serials, X509RevocationReason.KeyCompromise);
        }

        foreach (CertificateTimeline certificate in _certificates)
        {
            certificate.IsLiedAbout = false;
        }
    }

    /// <summary>Writes down what is not about certificates.</summary>
    public void Record(string operation) => Record(operation, RevocationStates.None, [], isDone: false);

    /// <summary>How each certificate stands in the end by the journal alone.</summary>
    public IReadOnlyDictionary<SerialNumber, RevocationStates> ReadJournal() => journal.Read()
        .Where(entry => entry.IsDone)
        .SelectMany(entry => entry.Serials.Select(serial => (serial, entry.State)))
        .GroupBy(pair => pair.serial, StringComparer.Ordinal)
        .ToDictionary(group => Parse(group.Key), group => group.Last().State);

    private void Set(RevocationStates state, CertificateTimeline[] certificates, Random random)
    {
        string[] serials = [.. certificates.Select(certificate => certificate.Text)];
        DateTimeOffset began = Record("set", state, serials, isDone: false);
        foreach (CertificateTimeline certificate in certificates)
        {
            certificate.Begin(state, began);
        }

        switch (state)
        {
            case RevocationStates.Revoked:
                ca.RevokeMany(serials, s_reasons[random.Next(s_reasons.Length)]);
                break;
            case RevocationStates.OnHold:
                ca.RevokeMany(serials, X509RevocationReason.CertificateHold);
                break;
            default:
                Array.ForEach(serials, ca.Unrevoke);
                break;
        }

        DateTimeOffset done = Record("set", state, serials, isDone: true);
        foreach (CertificateTimeline certificate in certificates)
        {
            certificate.End(done);
        }

        Changes += certificates.Length;
    }

    /// <summary>Mostly holds, which can be released: what is revoked for good changes no more.</summary>
    private static RevocationStates Choose(RevocationStates current, Random random) =>
        random.Next(6) == 0 ? RevocationStates.Revoked : current == RevocationStates.OnHold ? RevocationStates.NotListed : RevocationStates.OnHold;

    private DateTimeOffset Record(string operation, RevocationStates state, IReadOnlyList<string> serials, bool isDone)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        journal.Append(new IndexEntry(now, operation, state, serials, isDone));
        return isDone ? timeProvider.GetUtcNow() : now;
    }

    private static CertificateTimeline Create(string serial) => new(serial, Parse(serial));

    private static SerialNumber Parse(string serial) =>
        SerialNumber.TryParse(serial, out SerialNumber parsed) ? parsed : throw new ArgumentException($"'{serial}' is no serial number.", nameof(serial));
}
