using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Campaigns.Harness;
using PkiCore.Crl.State;
using PkiCore.Crl;
using PkiCore.X509;

namespace PkiCore.Campaigns.Crls;

/// <summary>Judges every publication that is seen: by itself, by those seen before, and by what the index has ever said. Safe for use from several threads.</summary>
internal sealed class PublicationJudge
{
    public const string Unreadable = "not readable";
    public const string Misfit = "base and delta do not fit";
    public const string Reused = "number used twice";
    public const string Backwards = "backwards";
    public const string Mixed = "of several publications";
    public const string Wrong = "wrong";

    private static readonly Dictionary<SerialNumber, X509RevocationReason> s_nothing = [];

    private readonly Lock _lock = new();
    private readonly X509Certificate2 _issuer;
    private readonly RevocationHistory _history;
    private readonly TimeProvider _timeProvider;
    private readonly FaultList _faults;
    private readonly PublishedMemory _memory;
    private readonly Dictionary<string, string> _sets = new(StringComparer.Ordinal);
    private readonly HashSet<string> _deltasSeen = new(StringComparer.Ordinal);

    public PublicationJudge(X509Certificate2 issuer, RevocationHistory history, TimeProvider timeProvider, FaultList faults)
    {
        (_issuer, _history, _timeProvider, _faults) = (issuer, history, timeProvider, faults);
        _memory = new PublishedMemory(faults);
    }

    /// <summary>How many publications were judged.</summary>
    public int Publications => _sets.Count;

    /// <summary>How many different CRLs were judged.</summary>
    public int Crls => _memory.Count;

    /// <summary>How many of them were delta CRLs.</summary>
    public int Deltas => _memory.DeltaCount;

    /// <summary>How many pairs of a complete CRL and a later delta CRL were compared with the index.</summary>
    public int Pairs { get; private set; }

    /// <summary>The publisher said that it has published this one.</summary>
    public void NoteSaid(string name, BigInteger number)
    {
        lock (_lock)
        {
            if (CrlSetup.Scopes.Any(scope => scope.FileName == name))
            {
                _memory.NoteSaid(name, number);
            }
        }
    }

    /// <summary>Once everything is read that the publisher said.</summary>
    public void CheckBases()
    {
        lock (_lock)
        {
            _memory.CheckBases();
        }
    }

    /// <summary>CRLs that were signed and never counted: somebody may have them, so no other may have their numbers.</summary>
    public void NoteUnfinished(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder))
        {
            try
            {
                var crl = CrlDocument.Read(Path.GetFileName(path), File.ReadAllBytes(path), _issuer);
                lock (_lock)
                {
                    _memory.AddDigest(crl);
                }
            }
            catch (InvalidDataException)
            {
                // cut short
            }
        }
    }

    /// <summary>Judges one file that was read by its path.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="encoded">What was in it.</param>
    /// <param name="atLeast">What its number was the last time.</param>
    /// <returns>Its number.</returns>
    public BigInteger JudgeFile(string name, byte[] encoded, BigInteger atLeast)
    {
        if (Read(name, encoded) is not { } crl)
        {
            return atLeast;
        }

        if (crl.Number < atLeast)
        {
            _faults.Add(Backwards, $"{name} has the number {crl.Number} and had {atLeast} before");
        }

        return crl.Number;
    }

    /// <summary>Judges a whole publication.</summary>
    /// <param name="publication">What was read.</param>
    /// <param name="isLast">Whether there is none after it: then no file may have had a higher number.</param>
    public void Judge(Publication publication, bool isLast = false)
    {
        DateTimeOffset seen = _timeProvider.GetUtcNow();
        string set = string.Join(' ', publication.Files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => $"{file.Key}:{CrlDocument.DigestOf(file.Value)}"));
        lock (_lock)
        {
            if (!_sets.TryAdd(publication.Name, set))
            {
                if (_sets[publication.Name] != set)
                {
                    _faults.Add(Mixed, $"publication {publication.Name} holds {set}, and held {_sets[publication.Name]}");
                }

                if (!isLast)
                {
                    return;
                }
            }
        }

        Dictionary<string, CrlDocument> crls = publication.Files.Select(file => Read(file.Key, file.Value)).OfType<CrlDocument>().ToDictionary(crl => crl.Name, StringComparer.Ordinal);
        lock (_lock)
        {
            foreach (CrlScope scope in CrlSetup.Scopes)
            {
                JudgeScope(publication.Name, scope, crls, seen, isLast);
            }

            if (crls.Values.Select(crl => crl.Number).DefaultIfEmpty().Max() != BigInteger.Parse(publication.Name, provider: null))
            {
                _faults.Add(Mixed, $"publication {publication.Name} holds {Describe(crls.Values)}");
            }
        }
    }

    /// <summary>How the CRLs that count differ from how everything stands in the end.</summary>
    public IEnumerable<string> FindDifferences(Publication publication, IReadOnlyDictionary<SerialNumber, RevocationStates> expected)
    {
        foreach (CrlScope scope in CrlSetup.Scopes)
        {
            CrlDocument? complete = publication.Files.TryGetValue(scope.FileName, out byte[]? first) ? Read(scope.FileName, first) : null;
            CrlDocument? delta = publication.Files.TryGetValue(scope.DeltaFileName, out byte[]? second) ? Read(scope.DeltaFileName, second) : null;
            IReadOnlyDictionary<SerialNumber, X509RevocationReason> entries = complete?.With(delta) ?? s_nothing;
            foreach ((SerialNumber serial, RevocationStates state) in expected.Where(pair => IsInScope(scope, pair.Key)))
            {
                RevocationStates said = entries.TryGetValue(serial, out X509RevocationReason reason) ? RevocationState.Of(reason) : RevocationStates.NotListed;
                if (said != state)
                {
                    yield return $"{serial} is {state} by the journal, and in the end {scope.Name} says {said}";
                }
            }
        }
    }

    private void JudgeScope(string publication, CrlScope scope, Dictionary<string, CrlDocument> crls, DateTimeOffset seen, bool isLast)
    {
        CrlDocument? complete = crls.GetValueOrDefault(scope.FileName);
        CrlDocument? delta = crls.GetValueOrDefault(scope.DeltaFileName);
        if (complete is null || (delta is null && _deltasSeen.Contains(scope.Name)))
        {
            _faults.Add(Unreadable, $"publication {publication} has of {scope.Name} only {Describe(crls.Values)}");
            return;
        }

        if (isLast && (complete.Number < _memory.HighestOf(complete.Name) || (delta is not null && delta.Number < _memory.HighestOf(delta.Name))))
        {
            _faults.Add(Backwards, $"publication {publication} is the last and has {Describe(crls.Values)}; there was {scope.Name} with {_memory.HighestOf(complete.Name)} and {_memory.HighestOf(scope.DeltaFileName)}");
        }

        Compare($"{complete.Name} {complete.Number}", scope, complete.Entries, complete.Number, complete.ThisUpdate, seen);
        if (delta is null)
        {
            return;
        }

        _deltasSeen.Add(scope.Name);
        // A complete CRL that comes alone, after a kill, may meet an older delta CRL for a second: that adds nothing to it.
        if (delta.BaseNumber is null || delta.BaseNumber > complete.Number || (delta.Number >= complete.Number && delta.ThisUpdate < complete.ThisUpdate))
        {
            _faults.Add(Misfit, $"publication {publication}: {Describe([complete, delta])}");
        }

        // RFC 5280 5.2.4: any of them will do for a client that has kept it
        foreach (CrlDocument known in _memory.CompletesOf(complete.Name).Where(known => known.Number >= delta.BaseNumber && (known.Number < delta.Number || (known == complete && known.Number == delta.Number))))
        {
            Pairs++;
            Compare($"{complete.Name} {known.Number} with {delta.Name} {delta.Number} to {delta.BaseNumber}", scope, known.With(delta), BigInteger.Max(known.Number, delta.Number), delta.ThisUpdate, seen);
        }
    }

    private CrlDocument? Read(string name, byte[] encoded)
    {
        CrlScope? scope = CrlSetup.Scopes.FirstOrDefault(scope => name == scope.FileName || name == scope.DeltaFileName);
        try
        {
            CrlDocument crl = scope is not null ? CrlDocument.Read(name, encoded, _issuer) : throw new InvalidDataException("nobody asked for it");
            if (crl.BaseNumber is null != (name == scope.FileName))
            {
                throw new InvalidDataException($"it is complete or a delta, and should not be: base {crl.BaseNumber}");
            }

            lock (_lock)
            {
                _memory.Add(crl, scope.FileName);
            }

            return crl;
        }
        catch (InvalidDataException e)
        {
            _faults.Add(Unreadable, $"{name}, {encoded.Length} bytes: {e.Message}");
            return null;
        }
    }

    private void Compare(string what, CrlScope scope, IReadOnlyDictionary<SerialNumber, X509RevocationReason> entries, BigInteger number, DateTimeOffset asOf, DateTimeOffset seen)
    {
        foreach (CertificateTimeline certificate in _history.Certificates.Where(certificate => IsInScope(scope, certificate.Serial)))
        {
            RevocationStates state = entries.TryGetValue(certificate.Serial, out X509RevocationReason reason) ? RevocationState.Of(reason) : RevocationStates.NotListed;
            RevocationStates possible = certificate.FindPossible(number, asOf, seen);
            if ((possible & state) == RevocationStates.None)
            {
                _faults.Add(Wrong, $"{what} as of {asOf:O} says {state} and not {possible} of {certificate}");
            }

            if (state == RevocationStates.Revoked)
            {
                certificate.NoteRevoked(number);
            }
        }

        foreach (SerialNumber serial in entries.Keys.Where(serial => !_history.Knows(serial) || !IsInScope(scope, serial)))
        {
            _faults.Add(Wrong, $"{what} lists {serial}, which it is not about");
        }
    }

    private static bool IsInScope(CrlScope scope, SerialNumber serial) => scope.Shard is not { } shard || ScopeSet.ShardOf(serial, CrlSetup.ShardCount) == shard;

    private static string Describe(IEnumerable<CrlDocument> crls) =>
        string.Join(", ", crls.Select(crl => $"{crl.Name} {crl.Number}{(crl.BaseNumber is { } number ? $" to {number}" : "")} as of {crl.ThisUpdate:u}"));
}
