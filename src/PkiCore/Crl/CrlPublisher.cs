using System.Diagnostics.Metrics;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Crl.Issuing;
using PkiCore.Crl.State;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Crl;

/// <summary>
/// Publishes the CRLs of one issuer in a folder, from sources that it follows by itself: complete and delta CRLs, shards, indirect ones; at intervals and
/// after changes. Whatever fails, what was published before stays. All members are safe for use from several threads.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class CrlPublisher : IAsyncDisposable
{
    private const string AuditCategory = "PkiCore.Audit";

    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_shortestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(5);

    private readonly CrlPublisherOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly CrlMetrics _metrics;
    private readonly CrlSchedule _schedule;
    private readonly CrlIssuance _issuance;
    private readonly List<(Issuer Issuer, IStatusSource Source)> _sources = [];
    private readonly Lock _working = new(); // whoever holds it reads or changes the state and what is published
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private CrlState? _state;
    private Task _running = Task.CompletedTask;
    private volatile DeadlineSigner _signer;
    private volatile CrlHealth _health;
    private string? _fault;
    private TimeSpan _pause;
    private long _failedAt;
    private bool _hasNewSigner;
    private int _disposed;

    /// <summary>Makes a publisher; it begins with <see cref="StartAsync"/>.</summary>
    /// <param name="issuer">Who issues the CRLs.</param>
    /// <param name="signer">The issuer's key. It is not disposed.</param>
    /// <param name="source">What is known of the issuer's own certificates. The publisher reads it for itself, whoever else does.</param>
    /// <param name="options">The settings.</param>
    /// <param name="timeProvider">The clock; the system's by default.</param>
    /// <param name="loggerFactory">For changes of state and faults; each CRL is a line of the category <c>PkiCore.Audit</c>.</param>
    /// <param name="meterFactory">For the meter <c>PkiCore</c>.</param>
    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    public CrlPublisher(
        Issuer issuer, ISigner signer, IStatusSource source, CrlPublisherOptions options,
        TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null, IMeterFactory? meterFactory = null)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        ArgumentNullException.ThrowIfNull(signer);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        Issuer = issuer;
        _options = options.Validated();
        _timeProvider = timeProvider ?? TimeProvider.System;
        loggerFactory ??= NullLoggerFactory.Instance;
        _logger = loggerFactory.CreateLogger<CrlPublisher>();
        _signer = new DeadlineSigner(signer);
        _sources.Add((issuer, source));
        _health = new CrlHealth { Name = issuer.Name };
        _metrics = new CrlMetrics(meterFactory, issuer.Name, _timeProvider);
        _schedule = new CrlSchedule(_options);
        _issuance = new CrlIssuance(issuer, _options, _metrics, _logger, loggerFactory.CreateLogger(AuditCategory));
    }

    /// <summary>Who issues the CRLs.</summary>
    public Issuer Issuer { get; }

    /// <summary>A store of the same folder. It shows each publication at once, and learns when the next one comes.</summary>
    public CrlStore? Store { get; set; }

    /// <summary>Adds another issuer of certificates, for the indirect CRLs among the scopes. Before the start only.</summary>
    /// <param name="certificateIssuer">Who issues the certificates.</param>
    /// <param name="source">What is known of them.</param>
    public void AddIssuer(Issuer certificateIssuer, IStatusSource source)
    {
        ArgumentNullException.ThrowIfNull(certificateIssuer);
        ArgumentNullException.ThrowIfNull(source);
        if (_state is not null)
        {
            throw new InvalidOperationException("Issuers are added before the publisher is started.");
        }

        _sources.Add((certificateIssuer, source));
    }

    /// <summary>Takes another signer into use, for the same key or a token's after the first has failed. Does not wait for a publication that is under way.</summary>
    public void SetSigner(ISigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        _signer = new DeadlineSigner(signer);
        Volatile.Write(ref _hasNewSigner, true); // what failed may not fail again
    }

    /// <summary>Restores the state and begins to follow the sources and to publish.</summary>
    /// <exception cref="IOException">The state cannot be opened, or another publisher holds it.</exception>
    /// <exception cref="InvalidDataException">The state cannot be read.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        Issuer[] issuers = [.. _sources.Select(source => source.Issuer)];
        CrlState state = await Task.Run(
            () => CrlState.Open(Path.Combine(_options.Directory, "state"), new ScopeSet(_options.Scopes), issuers, _options.HasDeltas, _timeProvider, _logger), cancellationToken).ConfigureAwait(false);
        if (cancellationToken.IsCancellationRequested)
        {
            state.Dispose(); // the disk was slow, and another publisher may have its folder now
            cancellationToken.ThrowIfCancellationRequested();
        }

        _state = state;
        _issuance.AdoptState(state);
        _metrics.Observe(GetHealth);
        _running = Task.WhenAll([Task.Run(LoopAsync, CancellationToken.None), .. _sources.Select((_, i) => Task.Run(() => FollowAsync(i), CancellationToken.None))]);
    }

    /// <summary>Publishes all CRLs now, due or not, once the sources have been read: later than for the CRLs that are published, if need be, and as long as that takes.</summary>
    /// <exception cref="InvalidOperationException">The publisher was not started; or a CRL would break a rule.</exception>
    /// <exception cref="InvalidDataException">A CRL did not pass its check.</exception>
    /// <exception cref="SigningException">There is no signature.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public async Task PublishAsync(CancellationToken cancellationToken = default)
    {
        if (_state is null)
        {
            throw new InvalidOperationException("The publisher has not been started.");
        }

        while (!await Task.Run(() => TryPublish(all: true), cancellationToken).ConfigureAwait(false))
        {
            await Task.Delay(s_tick / 20, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>How the CRLs are.</summary>
    public CrlHealth GetHealth() => _health;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        _metrics.Dispose();
        try
        {
            await _running.WaitAsync(s_stopTimeout, _timeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return; // a source or a signer keeps its thread; the journal stays open for it
        }

        _state?.Dispose();
        _stopping.Dispose();
        _changed.Dispose();
    }

    private Task FollowAsync(int issuer)
    {
        SourcePosition position;
        lock (_working)
        {
            position = _state!.GetReading(issuer).Position;
        }

        return new StatusFeed(_sources[issuer].Source, _timeProvider, _logger).RunAsync(position, batch => Apply(issuer, batch), _stopping.Token);
    }

    private void Apply(int issuer, StatusBatch batch)
    {
        lock (_working)
        {
            string? before = _state!.GetReading(issuer).Problem;
            _state.Apply(issuer, batch);
            string? problem = _state.GetReading(issuer).Problem;
            if (problem is not null && problem != before)
            {
                Log.CrlSourceProblem(_logger, Issuer.Name, _sources[issuer].Source.Name, problem);
            }
        }

        if (batch.Changes.Count > 0)
        {
            lock (_changed)
            {
                if (_changed.CurrentCount == 0)
                {
                    _changed.Release();
                }
            }
        }
    }

    private async Task LoopAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                lock (_working)
                {
                    if (Interlocked.Exchange(ref _hasNewSigner, false) | _pause == TimeSpan.Zero | _timeProvider.GetElapsedTime(_failedAt) >= _pause)
                    {
                        TryPublish(all: false);
                    }
                    else
                    {
                        DateTimeOffset now = _timeProvider.GetUtcNow();
                        _health = Report(now, FindTerms(now));
                    }
                }
            }
#pragma warning disable CA1031 // Do not catch general exception types: one bad tick must not be the last
            catch (Exception e)
#pragma warning restore CA1031
            {
                if (e is not (InvalidDataException or InvalidOperationException or SigningException or IOException or UnauthorizedAccessException))
                {
                    Log.CrlTickFailed(_logger, Issuer.Name, e); // nobody expected it: the trace says where it came from
                }
            }

            await WaitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Until the next tick, or until there are changes.</summary>
    private async Task WaitAsync()
    {
        using var tick = new CancellationTokenSource(s_tick, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tick.Token, _stopping.Token);
        await _changed.WaitAsync(either.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
    }

    /// <summary>Publishes what is due.</summary>
    /// <returns><see langword="false"/> when nothing is; or the sources have not been read, or not lately; or this second has had its CRL.</returns>
    private bool TryPublish(bool all)
    {
        lock (_working)
        {
            DateTimeOffset now = _timeProvider.GetUtcNow();
            CrlTerms? terms = FindTerms(now);
            try
            {
                if (terms is not null && _schedule.FindDue(_state!.Scopes, _issuance.Published, now, terms.ThisUpdate, all) is { Count: > 0 } due)
                {
                    Publish(due, terms, now);
                    return true;
                }
            }
            catch (Exception e)
            {
                Fail(e);
                throw;
            }
            finally
            {
                _health = Report(now, terms);
                if (Store is { } store)
                {
                    store.NextPublication = _health.NextPublication;
                }
            }

            return false;
        }
    }

    private void Publish(IReadOnlyList<DueCrl> due, CrlTerms terms, DateTimeOffset now)
    {
        long begun = _timeProvider.GetTimestamp();
        try
        {
            _issuance.Publish(due, _state!, [.. _sources.Select(source => source.Issuer)], _signer, terms, now);
        }
        finally
        {
            Store?.Refresh(); // before it learns when the next one comes: until then no cache keeps the old one for long. Some may be published though others are not
        }

        _metrics.Published(_timeProvider.GetElapsedTime(begun));
        if (_fault is not null)
        {
            Log.CrlPublishedAgain(_logger, Issuer.Name);
        }

        (_fault, _pause) = (null, TimeSpan.Zero);
    }

    private void Fail(Exception e)
    {
        _metrics.Refused();
        if (_fault != e.Message)
        {
            Log.CrlRefused(_logger, Issuer.Name, e.Message);
        }

        _fault = e.Message;
        _pause = _pause == TimeSpan.Zero ? s_shortestPause : _pause * 2 < s_longestPause ? _pause * 2 : s_longestPause;
        _failedAt = _timeProvider.GetTimestamp();
    }

    /// <summary>The times of a CRL that would be issued now; <see langword="null"/> when a source was not read completely for too long (architecture rule 1).</summary>
    private CrlTerms? FindTerms(DateTimeOffset now)
    {
        DateTimeOffset? earliest = null;
        DateTimeOffset? validUntil = null;
        for (int i = 0; i < _sources.Count; i++)
        {
            SourceReading reading = _state!.GetReading(i);
            if (reading.Watermark is not { } watermark || watermark > now || (reading.ValidUntil is { } end ? now >= end : now - watermark > _options.MaxSourceAge))
            {
                return null;
            }

            earliest = earliest < watermark ? earliest : watermark;
            validUntil = validUntil < reading.ValidUntil ? validUntil : reading.ValidUntil ?? validUntil;
        }

        var terms = new CrlTerms(earliest!.Value, validUntil);
        return terms.GetNextUpdate(_options.Validity) > now ? terms : null;
    }

    private CrlHealth Report(DateTimeOffset now, CrlTerms? terms)
    {
        List<string> problems = [.. Enumerable.Range(0, _sources.Count).Select(i => _state!.GetReading(i).Problem).OfType<string>()];
        if (terms is null && problems.Count == 0)
        {
            problems.Add("the source was not read completely of late, and no CRL is issued until it is");
        }

        problems.AddRange(new[] { _fault, _state!.Problem, _signer.Problem }.OfType<string>());
        IReadOnlyDictionary<string, PublishedCrl> published = _issuance.Published;
        DateTimeOffset? firstNextUpdate = published.Count == 0 ? null : published.Values.Min(crl => crl.NextUpdate);
        if (firstNextUpdate <= now)
        {
            problems.Add($"a published CRL has expired: {published.First(crl => crl.Value.NextUpdate <= now).Key}");
        }

        if (published.FirstOrDefault(crl => crl.Value.ThisUpdate > now) is { Key: { } future } ahead)
        {
            problems.Add(FormattableString.Invariant($"{future} was published as of {ahead.Value.ThisUpdate:u}, in the future: the clock was ahead, and no other is published before then unless you remove it from 'current'"));
        }

        if (_state.Scopes.Any(scope => scope.ExpiredBefore > now))
        {
            problems.Add("the clock was ahead when expired certificates left the CRLs: others may have left with them, until a restart reads the source again");
        }

        return new CrlHealth
        {
            Name = Issuer.Name,
            Watermark = terms?.ThisUpdate,
            Revoked = _state.Scopes.Sum(scope => scope.Count),
            OldestThisUpdate = published.Count == 0 ? null : published.Values.Min(crl => crl.ThisUpdate),
            FirstNextUpdate = firstNextUpdate,
            NextPublication = _schedule.FindNext(_state.Scopes, published),
            Problems = problems,
        };
    }
}
