using System.Collections.Concurrent;

namespace PkiCore.Campaigns.IndexChurn;

/// <summary>The histories of all certificates: entries of the journal as they were written. One writes, many read.</summary>
internal sealed class ChurnHistory
{
    private readonly ConcurrentDictionary<string, CertificateHistory> _certificates = new(StringComparer.Ordinal);
    private readonly List<string> _unanswered = [];
    private volatile string[] _serials = [];

    /// <summary>Every certificate that was ever listed.</summary>
    public IReadOnlyList<string> Serials => _serials;

    public CertificateHistory this[string serial] => _certificates[serial];

    public string Pick(Random random)
    {
        string[] serials = _serials;
        return serials[random.Next(serials.Length)];
    }

    /// <summary>A certificate of which no answer has told the last change, if there is one: delays would not be noticed if all were asked for equally often.</summary>
    public string PickUnanswered(Random random)
    {
        lock (_unanswered)
        {
            if (_unanswered.Count > 0)
            {
                return _unanswered[random.Next(_unanswered.Count)];
            }
        }

        return Pick(random);
    }

    public void SetAnswered(string serial)
    {
        lock (_unanswered)
        {
            _unanswered.Remove(serial);
        }
    }

    public void Apply(ChurnEntry entry, Moment now)
    {
        foreach (StandingChange change in entry.Changes)
        {
            CertificateHistory certificate = _certificates.GetOrAdd(change.Serial, _ => new CertificateHistory());
            if (entry.IsVisible)
            {
                certificate.SetVisible(now);
            }
            else
            {
                certificate.Begin(change.Standing);
            }
        }

        string[] serials = [.. entry.Changes.Select(change => change.Serial)];
        if (_certificates.Count != _serials.Length)
        {
            _serials = [.. _serials, .. serials.Except(_serials, StringComparer.Ordinal)];
        }

        if (!entry.IsVisible)
        {
            lock (_unanswered)
            {
                _unanswered.AddRange(serials.Except(_unanswered, StringComparer.Ordinal));
            }
        }
    }
}
