using System.Collections.Concurrent;
using PkiCore.Campaigns.Asking;
using PkiCore.Campaigns.Harness;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Campaigns.Library;

/// <summary>A line of the journal, and one version of a certificate.</summary>
/// <param name="Offset">Its place in the history.</param>
/// <param name="At">When it became true, by the responder's clock.</param>
/// <param name="Serial">The certificate.</param>
/// <param name="Standing">Its status.</param>
/// <param name="NotAfter">The end of its validity.</param>
internal sealed record HistoryEntry(int Offset, DateTimeOffset At, string Serial, Standing Standing, DateTimeOffset NotAfter)
{
    public StatusChange ToChange()
    {
        _ = SerialNumber.TryParse(Serial, out SerialNumber serial);
        return new StatusChange(serial, new CertificateStatus(Standing.RevokedAt, Standing.Reason, InvalidityDate), NotAfter);
    }

    /// <summary>Some have a status that takes more room than others.</summary>
    private DateTimeOffset? InvalidityDate => Standing.RevokedAt is { } time && Offset % 3 == 0 ? time.AddHours(-Offset % 100) : null;
}

/// <summary>All that ever became true of all certificates, in order: what a source tells, and what answers are judged by. One writes, many read.</summary>
internal sealed class StatusHistory(Journal<HistoryEntry> journal, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private readonly List<HistoryEntry> _entries = [];
    private readonly ConcurrentDictionary<string, HistoryEntry[]> _certificates = new(StringComparer.Ordinal);
    private volatile string[] _serials = [];

    /// <summary>Every certificate there is.</summary>
    public IReadOnlyList<string> Serials => _serials;

    /// <summary>How many entries there are.</summary>
    public int Length
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>The versions of a certificate.</summary>
    public IReadOnlyList<HistoryEntry> this[string serial] => _certificates[serial];

    /// <summary>Adds versions: to the journal first.</summary>
    public void Add(IReadOnlyList<(string Serial, Standing Standing, DateTimeOffset NotAfter)> versions)
    {
        lock (_lock)
        {
            DateTimeOffset now = timeProvider.GetUtcNow();
            int before = _certificates.Count;
            foreach ((string serial, Standing standing, DateTimeOffset notAfter) in versions)
            {
                var entry = new HistoryEntry(_entries.Count, now, serial, standing, notAfter);
                journal.Append(entry);
                _certificates.AddOrUpdate(serial, _ => [entry], (_, earlier) => [.. earlier, entry]);
                _entries.Add(entry);
            }

            if (_certificates.Count != before)
            {
                _serials = [.. _serials, .. versions.Select(version => version.Serial).Distinct(StringComparer.Ordinal).Except(_serials, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>What was added from an offset on, and a time at which there was nothing else.</summary>
    public (IReadOnlyList<HistoryEntry> Entries, DateTimeOffset Watermark) ReadFrom(int offset)
    {
        lock (_lock)
        {
            return (_entries[offset..], timeProvider.GetUtcNow());
        }
    }

    /// <summary>Everything as it is, and how long the history was then.</summary>
    public (IReadOnlyList<HistoryEntry> Entries, int Length, DateTimeOffset Watermark) ReadAll()
    {
        lock (_lock)
        {
            return ([.. _certificates.Values.Select(versions => versions[^1])], _entries.Count, timeProvider.GetUtcNow());
        }
    }

    /// <summary>Judges an answer.</summary>
    /// <param name="serial">The certificate.</param>
    /// <param name="answer">The answer, verified.</param>
    /// <param name="known">How long the history was that the responder had taken in when it was asked.</param>
    /// <param name="told">How long it was when the answer was there.</param>
    /// <param name="isSteady">Whether the clock has only ever gone forward, so that the times in the history can be compared.</param>
    /// <returns>What is wrong with it; <see langword="null"/> if nothing is.</returns>
    public string? FindFault(string serial, Answer answer, int known, int told, bool isSteady = true)
    {
        if (answer.Standing is not { } standing)
        {
            return null; // to be asked again later
        }

        HistoryEntry[] versions = _certificates[serial];
        int first = Math.Max(0, Array.FindLastIndex(versions, version => version.Offset < known));
        bool wasUnlisted = versions[first].Offset >= known;
        HistoryEntry[] possible = [.. versions.Skip(first).Where((version, index) => version.Offset < told || index == 0)];
        if (!standing.IsListed)
        {
            return wasUnlisted || possible.Any(version => version.NotAfter < answer.Received) ? null : $"unauthorized, but it is {possible[^1]}";
        }

        if (possible.All(version => version.NotAfter.AddSeconds(1) < answer.Sent))
        {
            return $"answered although it has expired: {possible[^1]}";
        }

        return !possible.Any(version => version.Standing == standing) ? $"{standing} as of {answer.ThisUpdate:O}, but possible were: {string.Join("; ", possible.TakeLast(6).Select(version => $"{version}"))}"
            : isSteady && !WasSo(versions, standing, answer.ThisUpdate) ? $"{standing} as of {answer.ThisUpdate:O}, when it was not so: {string.Join("; ", versions.TakeLast(6).Select(version => $"{version}"))}"
            : null;
    }

    /// <summary>Whether a certificate had a status at a time; times of answers have no fractions of a second.</summary>
    private static bool WasSo(HistoryEntry[] versions, Standing standing, DateTimeOffset time)
    {
        for (int i = 0; i < versions.Length; i++)
        {
            bool hasBegun = time >= Floor(versions[i].At);
            bool hasEnded = i + 1 < versions.Length && time > versions[i + 1].At;
            if (versions[i].Standing == standing && hasBegun && !hasEnded)
            {
                return true;
            }
        }

        return false;
    }

    private static DateTimeOffset Floor(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
