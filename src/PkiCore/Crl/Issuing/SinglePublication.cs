using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using PkiCore.Crl.State;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Crl.Issuing;

/// <summary>
/// Publishes once, where <see cref="CrlPublisher"/> goes on for ever: for those who have a timer of their own. It leaves the same folder behind, state
/// included. Not safe for use from several threads.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class SinglePublication : IDisposable
{
    /// <summary>A file that is being replaced is readable again at the next look.</summary>
    private const int MaxFailedReadings = 4;

    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(2);

    private readonly Issuer _issuer;
    private readonly TimeProvider _timeProvider;
    private readonly CrlMetrics _metrics;
    private readonly CrlIssuance _issuance;
    private readonly CrlState _state;

    /// <summary>Opens the folder, with the state in it.</summary>
    /// <param name="issuer">Who issues the CRLs.</param>
    /// <param name="options">The settings. Its intervals do not count, but for whether there are delta CRLs: that has to be the same every time.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="loggerFactory">For what is wrong with the folder.</param>
    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    /// <exception cref="IOException">The folder cannot be used, or a publisher is using it.</exception>
    /// <exception cref="InvalidDataException">The state cannot be read.</exception>
    public SinglePublication(Issuer issuer, CrlPublisherOptions options, TimeProvider timeProvider, ILoggerFactory loggerFactory)
    {
        _issuer = issuer;
        _timeProvider = timeProvider;
        options = options.Validated();
        ILogger logger = loggerFactory.CreateLogger<SinglePublication>();
        _metrics = new CrlMetrics(meterFactory: null, issuer.Name, timeProvider);
        _issuance = new CrlIssuance(issuer, options, _metrics, logger, loggerFactory.CreateLogger("PkiCore.Audit"));
        _state = CrlState.Open(Path.Combine(options.Directory, "state"), new ScopeSet(options.Scopes), [issuer], options.HasDeltas, timeProvider, logger);
        _issuance.AdoptState(_state);
    }

    /// <summary>What an operator has to know of the source although it was read, or of the state; <see langword="null"/> when there is nothing.</summary>
    public string? Problem => _state.GetReading(0).Problem ?? _state.Problem;

    /// <summary>How many certificates are on the complete CRLs.</summary>
    public long Revoked => _state.Scopes.Sum(scope => scope.Count);

    /// <summary>What was published here; with an entry count what was published just now.</summary>
    public IReadOnlyDictionary<string, PublishedCrl> Published => _issuance.Published;

    /// <summary>Reads everything that a source knows; again, when the second is still that of the CRLs before.</summary>
    /// <param name="source">What is known of the issuer's certificates.</param>
    /// <param name="report">Is told how many changes of how many certificates have been read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidDataException">The source cannot be read.</exception>
    public async Task ReadAsync(IStatusSource source, Action<long> report, CancellationToken cancellationToken)
    {
        long count = 0;
        int failures = 0;
        await foreach (StatusBatch batch in source.ReadAsync(_state.GetReading(0).Position, cancellationToken).ConfigureAwait(false))
        {
            _state.Apply(0, batch);
            report(count += batch.Changes.Count);
            if (_state.GetReading(0).Watermark is { } watermark && IsLaterThanPublished(watermark))
            {
                return;
            }

            if (batch.Verdict != StatusVerdict.Current && ++failures == MaxFailedReadings)
            {
                break;
            }
        }

        throw new InvalidDataException($"The source was not read completely: {_state.GetReading(0).Problem ?? "it ended before its end"}.");
    }

    /// <summary>Publishes the complete CRLs, and with them delta CRLs to those before, where there are delta CRLs already.</summary>
    /// <inheritdoc cref="Publish(List{DueCrl}, ISigner)"/>
    public void PublishComplete(ISigner signer)
    {
        var due = new List<DueCrl>();
        for (int i = 0; i < _state.Scopes.Count; i++)
        {
            due.Add(new DueCrl(i, IsDelta: false, IsRegular: true));
            if (_state.Scopes[i].BaseNumber is not null && Published.ContainsKey(_state.Scopes[i].Scope.DeltaFileName))
            {
                due.Add(new DueCrl(i, IsDelta: true, IsRegular: true)); // CX-3: of one moment, under one number
            }
        }

        Publish(due, signer);
    }

    /// <summary>Publishes delta CRLs to the complete CRLs that are there.</summary>
    /// <inheritdoc cref="Publish(List{DueCrl}, ISigner)"/>
    public void PublishDeltas(ISigner signer)
    {
        foreach (ScopeState scope in _state.Scopes)
        {
            if (scope.BaseNumber is not { } number || Published.GetValueOrDefault(scope.Scope.FileName) is not { } complete || complete.Number < number)
            {
                throw new InvalidOperationException($"There is no complete CRL '{scope.Scope.FileName}' here yet that a delta CRL could add to: publish a complete one first."); // CX-4
            }
        }

        Publish([.. Enumerable.Range(0, _state.Scopes.Count).Select(scope => new DueCrl(scope, IsDelta: true, IsRegular: true))], signer);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _state.Dispose();
        _metrics.Dispose();
    }

    /// <exception cref="InvalidDataException">A check failed.</exception>
    /// <exception cref="InvalidOperationException">A CRL would break a rule, or there is nothing that a delta CRL could add to.</exception>
    /// <exception cref="SigningException">There is no signature.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    private void Publish(List<DueCrl> due, ISigner signer)
    {
        DateTimeOffset watermark = _state.GetReading(0).Watermark ?? throw new InvalidOperationException("The source has not been read.");
        _issuance.Publish(due, _state, [_issuer], new DeadlineSigner(signer), new CrlTerms(watermark, _state.GetReading(0).ValidUntil), _timeProvider.GetUtcNow());
    }

    /// <summary>Two CRLs of one name never have one thisUpdate. One that is long in the future is not waited for: the gate refuses what would come before it.</summary>
    private bool IsLaterThanPublished(DateTimeOffset watermark)
    {
        DateTimeOffset last = Published.Count == 0 ? DateTimeOffset.MinValue : Published.Values.Max(crl => crl.ThisUpdate);
        return new CrlTerms(watermark).ThisUpdate > last || last > watermark + s_longestWait;
    }
}
