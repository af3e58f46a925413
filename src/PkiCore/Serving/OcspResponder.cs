using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Ocsp;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Serving;

/// <summary>
/// Answers OCSP requests for one or more issuers. Answering has two steps: <see cref="Answer"/> replies at once from what was signed ahead, and where
/// a signature is needed first, <see cref="SignAsync"/> makes it. All members are safe for use from several threads.
/// </summary>
public sealed class OcspResponder : IAsyncDisposable
{
    internal const int MaxReplyLength = 16 * 1024;

    private const string AuditCategory = "PkiCore.Audit"; // so that it can be kept elsewhere, or switched off

    private readonly OcspResponderOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly ILogger _auditLogger;
    private readonly ResponderMetrics _metrics;
    private readonly Lock _changing = new();
    private readonly Dictionary<ServedIssuer, IssuerTask> _tasks = [];
    private readonly CancellationTokenSource _stopping = new();
    private volatile IssuerIndex _index = new([]);
    private volatile bool _started;
    private volatile bool _loaded;
    private int _disposed;

    /// <summary>Makes a responder without issuers.</summary>
    /// <param name="options">The settings; the defaults when <see langword="null"/>.</param>
    /// <param name="timeProvider">The clock; the system's by default.</param>
    /// <param name="loggerFactory">For changes of state and faults; nothing is logged per request.</param>
    /// <param name="meterFactory">For the meter <c>PkiCore</c>.</param>
    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    public OcspResponder(OcspResponderOptions? options = null, TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null, IMeterFactory? meterFactory = null)
    {
        _options = (options ?? new OcspResponderOptions()).Validated();
        _timeProvider = timeProvider ?? TimeProvider.System;
        loggerFactory ??= NullLoggerFactory.Instance;
        _logger = loggerFactory.CreateLogger<OcspResponder>();
        _auditLogger = loggerFactory.CreateLogger(AuditCategory);
        _metrics = new ResponderMetrics(meterFactory, GetHealth, _timeProvider);
    }

    /// <summary>No reply is longer.</summary>
    public int MaxResponseLength { get; } = MaxReplyLength;

    /// <summary>For measurements: what is served.</summary>
    internal IReadOnlyList<ServedIssuer> Issuers => _index.Issuers;

    /// <summary>Adds an issuer and the signer of its answers.</summary>
    /// <exception cref="SigningException">The signer must not sign for the issuer; the message says why.</exception>
    /// <exception cref="ArgumentException">The issuer is there already.</exception>
    public void AddIssuer(Issuer issuer, ISigner signer, IStatusSource source)
    {
        ServedIssuer served = CreateIssuer(issuer, source);
        served.SetSigner(signer);
        Add(served);
    }

    /// <summary>Adds an issuer that has no signer yet: it answers tryLater until <see cref="SetSigner"/>.</summary>
    /// <param name="issuer">The issuer.</param>
    /// <param name="source">Where its status comes from.</param>
    /// <param name="problem">Why there is no signer, for the health record.</param>
    /// <exception cref="ArgumentException">The issuer is there already.</exception>
    public void AddIssuer(Issuer issuer, IStatusSource source, string problem)
    {
        ServedIssuer served = CreateIssuer(issuer, source);
        served.SignerProblem = problem;
        Add(served);
    }

    /// <summary>Gives an issuer another signer for all who prefer no other, for instance the delegated signer's next certificate. What the earlier one signed stays valid until it is
    /// due; a signature that is being made ends with the earlier one, so dispose that only after a while, or leave it to the garbage collector.</summary>
    /// <exception cref="SigningException">The signer must not sign for the issuer; the earlier one stays in use.</exception>
    /// <exception cref="ArgumentException">The issuer is not there.</exception>
    public void SetSigner(Issuer issuer, ISigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        (Find(issuer) ?? throw new ArgumentException($"'{issuer.Name}' is not answered for.", nameof(issuer))).SetSigner(signer);
    }

    /// <summary>Says which other signers an issuer has, by other algorithms than that of the signer for all. Each has answers of its own for all certificates,
    /// for clients that prefer its algorithm (RFC 6960 4.4.7). One that is there already, by its algorithm, is given the signer as in
    /// <see cref="SetSigner"/>; those that are not named any more end. When their number changes, the source is read from the beginning.</summary>
    /// <exception cref="SigningException">One of them must not sign for the issuer; nothing has changed.</exception>
    /// <exception cref="ArgumentException">The issuer is not there, or two signers have the same algorithm; nothing has changed.</exception>
    public void SetAlternateSigners(Issuer issuer, params IReadOnlyList<ISigner> signers)
    {
        ArgumentNullException.ThrowIfNull(signers);
        foreach (ISigner signer in signers)
        {
            CheckSigner(issuer, signer);
        }

        lock (_changing)
        {
            ServedIssuer primary = Find(issuer) ?? throw new ArgumentException($"'{issuer.Name}' is not answered for.", nameof(issuer));
            if (signers.Select(signer => signer.Algorithm).Append(primary.Identity?.Algorithm).Distinct().Count() <= signers.Count)
            {
                throw new ArgumentException($"'{issuer.Name}' would have two signers by the same algorithm.", nameof(signers));
            }

            IReadOnlyList<ServedIssuer> before = primary.Variants.Alternates;
            ServedIssuer[] next = [.. signers.Select(signer => before.FirstOrDefault(variant => variant.Identity?.Algorithm == signer.Algorithm)
                ?? new ServedIssuer(primary.Issuer, primary.Source, _options, _timeProvider, _metrics, _logger, _auditLogger) { IsAlternate = true })];
            foreach ((ServedIssuer variant, ISigner signer) in next.Zip(signers).Where(pair => pair.First.Identity?.IsOf(pair.Second) != true))
            {
                variant.SetSigner(signer);
            }

            primary.Variants.Alternates = next;
            if (_tasks.TryGetValue(primary, out IssuerTask? task) && (next.Except(before).Any() || before.Except(next).Any()))
            {
                Start(primary);
                _ = StopAsync(before.Except(next)); // it has no source to wait for
                task.ReadAgain();
            }
        }
    }

    /// <summary>Finds out whether a signer may answer for an issuer; nothing is changed.</summary>
    /// <exception cref="SigningException">It must not; the message says why.</exception>
    public void CheckSigner(Issuer issuer, ISigner signer)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        ArgumentNullException.ThrowIfNull(signer);
        ResponderIdentity.Create(issuer, signer, _options, _timeProvider.GetUtcNow());
    }

    /// <summary>Removes an issuer: its certificates are unauthorized from now on.</summary>
    /// <returns>Whether it was there.</returns>
    public async Task<bool> RemoveIssuerAsync(Issuer issuer)
    {
        Task stopped;
        lock (_changing)
        {
            if (Find(issuer) is not { } served)
            {
                return false;
            }

            _index = new IssuerIndex([.. _index.Issuers.Where(other => other != served)]);
            stopped = StopAsync(served.Variants.All);
        }

        await stopped.ConfigureAwait(false);
        return true;
    }

    /// <summary>Starts to read the sources and to sign, and returns when each source has been read once, was found to be out of reach, or
    /// has taken a minute.</summary>
    /// <param name="cancellationToken">Ends the waiting, not the work.</param>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        Task[] settled;
        lock (_changing)
        {
            _started = true;
            foreach (ServedIssuer served in _index.Issuers)
            {
                Start(served);
            }

            settled = [.. _tasks.Values.Select(task => task.Settled)];
        }

        await Task.WhenAll(settled).WaitAsync(cancellationToken).ConfigureAwait(false);
        GetHealth(); // which notes that all is loaded, unless something must not be served yet
    }

    /// <summary>Answers a request from what was signed ahead: without waiting, locking or allocating.</summary>
    /// <param name="request">The DER-encoded request, as it came from the client.</param>
    /// <param name="reply">Receives the reply; at least <see cref="MaxResponseLength"/> bytes.</param>
    public OcspAnswer Answer(ReadOnlySpan<byte> request, Span<byte> reply)
    {
        OcspAnswer answer = OcspRequest.TryParse(request, out OcspRequest parsed, out _, _options.MaxCertificatesPerRequest)
            ? AnswerParsed(parsed, reply)
            : ServedIssuer.Error(OcspOutcome.MalformedRequest, reply);
        _metrics.Answered(answer.Outcome);
        return answer;
    }

    /// <summary>Signs a reply for a request for which <see cref="Answer"/> said <see cref="OcspOutcome.NeedsSignature"/>.</summary>
    /// <param name="request">The same request.</param>
    /// <param name="reply">Receives the reply; at least <see cref="MaxResponseLength"/> bytes. It is not touched once the call has ended.</param>
    /// <param name="cancellationToken">Gives up; the signature may still be made.</param>
    /// <returns>An answer that caches must not keep; <see cref="OcspOutcome.TryLater"/> when there is no room or no time.</returns>
    public async ValueTask<OcspAnswer> SignAsync(ReadOnlyMemory<byte> request, Memory<byte> reply, CancellationToken cancellationToken = default)
    {
        OcspOutcome outcome = OcspOutcome.MalformedRequest;
        byte[]? signed = null;
        if (OcspRequest.TryParse(request.Span, out OcspRequest parsed, out _, _options.MaxCertificatesPerRequest))
        {
            outcome = OcspOutcome.Unauthorized; // the issuer may have been removed meanwhile
        }

        if (outcome == OcspOutcome.Unauthorized && parsed.IsSupported && FindIssuer(parsed, out _)?.Variants.ChooseSigner(parsed) is { } issuer)
        {
            (outcome, signed) = await issuer.LiveSigner.SignAsync(request, cancellationToken).ConfigureAwait(false);
        }

        _metrics.Answered(outcome);
        signed?.CopyTo(reply);
        return signed is null ? ServedIssuer.Error(outcome, reply.Span) : new OcspAnswer(outcome, signed.Length);
    }

    /// <summary>Looks at every issuer.</summary>
    public ResponderHealth GetHealth()
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        IssuerHealth[] issuers = [.. _index.Issuers.SelectMany(served => served.Variants.All).Select(served => HealthReport.Of(served, now))];
        _loaded |= _started && issuers.All(issuer => issuer.IsSettled || issuer.IsAlternate);
        return new ResponderHealth(issuers) { IsLoading = !_loaded };
    }

    /// <summary>Stops reading and signing. Requests that wait for a signature get tryLater when their time is over.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        IssuerTask[] tasks;
        lock (_changing)
        {
            _started = false;
            tasks = [.. _tasks.Values];
            _tasks.Clear();
        }

        await Task.WhenAll(tasks.Select(task => task.StopAsync())).ConfigureAwait(false);
        _metrics.Dispose();
        _stopping.Dispose();
    }

    private OcspAnswer AnswerParsed(OcspRequest request, Span<byte> reply)
    {
        if (FindIssuer(request, out CertId first) is not { } issuer || !request.IsSupported)
        {
            return ServedIssuer.Error(OcspOutcome.Unauthorized, reply);
        }

        if (request.CertificateCount == 1 && (request.Nonce.IsEmpty || _options.Nonce == NoncePolicy.Ignore))
        {
            return issuer.Variants.Answer(request, first, reply);
        }

        return ServedIssuer.Error(issuer.CheckAll(request), reply);
    }

    /// <summary>
    /// The one issuer of all certificates in a request. A delegated signer's certificate comes from one CA (RFC 6960 4.2.2.2), so
    /// nobody can sign for certificates of two; then, and for foreign ones, there is no issuer.
    /// </summary>
    private ServedIssuer? FindIssuer(OcspRequest request, out CertId first)
    {
        first = default;
        IssuerIndex index = _index;
        ServedIssuer? common = null;
        foreach (CertId certId in request)
        {
            ServedIssuer? issuer = index.Find(certId);
            if (issuer is null || (common is not null && issuer != common))
            {
                return null;
            }

            first = common is null ? certId : first;
            common = issuer;
        }

        return common;
    }

    private ServedIssuer CreateIssuer(Issuer issuer, IStatusSource source)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        ArgumentNullException.ThrowIfNull(source);
        return new ServedIssuer(issuer, source, _options, _timeProvider, _metrics, _logger, _auditLogger);
    }

    private void Add(ServedIssuer served)
    {
        lock (_changing)
        {
            if (Find(served.Issuer) is not null)
            {
                throw new ArgumentException($"'{served.Issuer.Name}' with this key is answered for already.", nameof(served));
            }

            _index = new IssuerIndex([.. _index.Issuers, served]);
            if (_started)
            {
                Start(served);
            }
        }
    }

    private ServedIssuer? Find(Issuer issuer) => _index.Issuers.FirstOrDefault(
        served => served.Issuer.Matches(CertIdHash.Sha256, issuer.GetNameHash(CertIdHash.Sha256), issuer.GetKeyHash(CertIdHash.Sha256)));

    private void Start(ServedIssuer served)
    {
        foreach (ServedIssuer variant in served.Variants.All.Where(variant => !_tasks.ContainsKey(variant)))
        {
            _tasks.Add(variant, IssuerTask.Start(variant, _timeProvider, _logger, _stopping.Token));
        }
    }

    /// <summary>The caller holds the lock, and waits without it.</summary>
    private Task StopAsync(IEnumerable<ServedIssuer> issuers)
    {
        var stopping = new List<Task>();
        foreach (ServedIssuer issuer in issuers)
        {
            if (_tasks.Remove(issuer, out IssuerTask? task))
            {
                stopping.Add(task.StopAsync());
            }
        }

        return Task.WhenAll(stopping);
    }
}
