using System.Globalization;
using System.Numerics;
using System.Runtime.ExceptionServices;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using PkiCore.Crl.State;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Crl.Issuing;

/// <summary>
/// Issues CRLs: builds, signs and writes them, has them checked, and lets all of a publication count at once. When anything fails, what counted before still
/// does. Not safe for use from several threads.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class CrlIssuance
{
    private const int MaxRefusalsNamed = 3;

    private readonly Issuer _issuer;
    private readonly CrlPublisherOptions _options;
    private readonly ICrlNumberSource _numbers;
    private readonly PublishingDirectory _directory;
    private readonly PublicationGate _gate;
    private readonly CrlMetrics _metrics;
    private readonly ILogger _logger;
    private readonly ILogger _auditLogger;
    private readonly Dictionary<string, PublishedCrl> _published = new(StringComparer.Ordinal);

    public CrlIssuance(Issuer issuer, CrlPublisherOptions options, CrlMetrics metrics, ILogger logger, ILogger auditLogger)
    {
        _issuer = issuer;
        _options = options;
        _metrics = metrics;
        _logger = logger;
        _auditLogger = auditLogger;
        _directory = new PublishingDirectory(options.Directory);
        _numbers = options.NumberSource ?? new FileCrlNumberSource(Path.Combine(options.Directory, "number"));
        _gate = new PublicationGate(issuer, options);
        LoadPublished();
    }

    /// <summary>What counts now, by the name of the file.</summary>
    public IReadOnlyDictionary<string, PublishedCrl> Published => _published;

    /// <summary>After a start: a state that does not know the last complete CRL, because a crash or a damaged journal came between, does not know either what has changed
    /// since the one before. A delta CRL to that could leave out what the last one says (CX-7): a complete one comes first.</summary>
    public void AdoptState(CrlState state) => state.ForgetBases(scope => _published.GetValueOrDefault(scope.Scope.FileName)?.Number > scope.BaseNumber);

    /// <summary>Publishes CRLs.</summary>
    /// <param name="due">Which.</param>
    /// <param name="state">Who is on them.</param>
    /// <param name="issuers">The issuers of certificates, as in the state.</param>
    /// <param name="signer">The key.</param>
    /// <param name="terms">The times of the CRLs.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="InvalidDataException">A check failed.</exception>
    /// <exception cref="InvalidOperationException">A CRL would break a rule.</exception>
    /// <exception cref="SigningException">There is no signature.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public void Publish(IReadOnlyList<DueCrl> due, CrlState state, IReadOnlyList<Issuer> issuers, ISigner signer, CrlTerms terms, DateTimeOffset now)
    {
        BigInteger number = TakeNumber();
        string publication = _directory.Begin(number);
        var issued = new List<IssuedCrl>(due.Count);
        var refused = new List<Exception>();
        try
        {
            foreach (IGrouping<int, DueCrl> scope in due.GroupBy(crl => crl.Scope))
            {
                try
                {
                    issued.AddRange([.. scope.Select(crl => Issue(crl, state.Scopes[crl.Scope], issuers, signer, number, terms, publication))]);
                }
                catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
                {
                    refused.Add(e); // the CRLs of the other scopes need not wait for this one to be mended
                    Withdraw(state.Scopes[scope.Key].Scope, publication);
                }
            }

            if (issued.Count == 0)
            {
                ExceptionDispatchInfo.Throw(refused[0]);
            }

            _directory.Keep(publication, name => IsWanted(name, state));
            PublishingDirectory.Sync(publication, issued.Select(crl => crl.Name));
            state.Save();
            _directory.Switch(publication);
        }
        catch
        {
            _directory.Discard(publication);
            throw;
        }

        foreach (string name in _published.Keys.Where(name => !IsWanted(name, state)).ToArray())
        {
            _published.Remove(name);
        }

        foreach ((DueCrl crl, string name, PublishedCrl published, long length) in issued)
        {
            Note(crl, state, published, now);
            _published[name] = published;
            Log.CrlPublished(_auditLogger, _issuer.Name, name, number, published.BaseNumber, published.EntryCount, length, published.ThisUpdate, published.NextUpdate);
        }

        if (refused.Count > 0)
        {
            throw new InvalidDataException($"{refused.Count} of {issued.Count + refused.Count} CRLs were not published, the others were: {string.Join("; ", refused.Take(MaxRefusalsNamed).Select(fault => fault.Message))}", refused[0]);
        }
    }

    /// <summary>Takes back what was written for a scope, so that what counted before is kept.</summary>
    private static void Withdraw(CrlScope scope, string publication)
    {
        File.Delete(Path.Combine(publication, scope.FileName));
        File.Delete(Path.Combine(publication, scope.DeltaFileName));
    }

    /// <summary>Never used before, even if what follows fails or the store of numbers was restored from a backup (CX-2, T-19).</summary>
    private BigInteger TakeNumber()
    {
        BigInteger atLeast = _published.Values.Select(crl => crl.Number).Append(_directory.FindLastNumber()).Max() + 1;
        BigInteger number = _numbers.Take(atLeast);
        return number >= atLeast ? number : throw new InvalidDataException($"The source of CRL numbers gave {number}, and {atLeast} is the first that was not used.");
    }

    private IssuedCrl Issue(DueCrl crl, ScopeState state, IReadOnlyList<Issuer> issuers, ISigner signer, BigInteger number, CrlTerms terms, string publication)
    {
        CrlScope scope = state.Scope;
        string name = crl.IsDelta ? scope.DeltaFileName : scope.FileName;
        var builder = new CrlBuilder(_issuer, state.ByIssuer.Select((entries, i) => (issuers[i], crl.IsDelta ? entries.GetDelta() : entries.Revoked)))
        {
            Number = number,
            BaseNumber = crl.IsDelta ? state.BaseNumber : null,
            ThisUpdate = terms.ThisUpdate,
            NextUpdate = terms.GetNextUpdate(crl.IsDelta ? _options.ActualDeltaValidity : _options.Validity),
            DistributionPoint = scope.DistributionPoint,
            FreshestCrl = scope.FreshestCrl,
            CaIssuers = _options.CaIssuers,
            IssuerAltName = _options.IssuerAltName,
            ExpiredCertsOnCrl = _options.KeepExpiredSince < state.ExpiredBefore ? state.ExpiredBefore : _options.KeepExpiredSince, // those that had left before do not come back
        };
        var signed = SignedCrl.Create(name, builder, signer, _options.SigningTimeout, _options.BaselineRequirements);
        string path = Path.Combine(publication, name);
        PublishingDirectory.Write(path, signed.Pieces);
        var issued = new PublishedCrl(number, builder.BaseNumber, builder.ThisUpdate, builder.NextUpdate, signed.EntryCount);
        _gate.Check(path, issued, Path.Combine(_directory.Current, name), _published.GetValueOrDefault(name)?.EntryCount, crl.IsDelta ? null : state.Departures);
        return new IssuedCrl(crl, name, issued, signed.Length);
    }

    private bool IsWanted(string name, CrlState state) =>
        state.Scopes.Any(scope => scope.Scope.FileName == name || (_options.HasDeltas && scope.Scope.DeltaFileName == name));

    private void Note(DueCrl crl, CrlState state, PublishedCrl published, DateTimeOffset now)
    {
        ScopeState scope = state.Scopes[crl.Scope];
        if ((crl.IsDelta ? scope.ChangedSinceDelta : scope.ChangedSinceBase) is { } changed)
        {
            _metrics.ChangeIsPublished(now - changed, crl.IsDelta);
        }

        if (crl.IsDelta)
        {
            state.NoteDelta(crl.Scope);
        }
        else
        {
            // BR-4: only one that was issued because its time had come lets the expired ones go
            state.NoteBase(crl.Scope, published.Number, crl.IsRegular && _options.KeepExpiredSince is null ? published.ThisUpdate : null);
        }
    }

    /// <summary>What counts may be of another program, or damaged: then it is no predecessor.</summary>
    private void LoadPublished()
    {
        foreach (string name in _directory.ListCurrent())
        {
            try
            {
                using var reader = CrlReader.Open(Path.Combine(_directory.Current, name));
                _published[name] = new PublishedCrl(reader.Number ?? 0, reader.BaseNumber, reader.ThisUpdate, reader.NextUpdate ?? reader.ThisUpdate, EntryCount: null);
            }
            catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                Log.CrlNotReadable(_logger, Path.Combine(_directory.Current, name), e.Message);
            }
        }
    }

    /// <summary>A CRL that was written and checked.</summary>
    private readonly record struct IssuedCrl(DueCrl Due, string Name, PublishedCrl Crl, long Length);
}
