using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using PkiCore.Ocsp;
using PkiCore.Serving.Snapshots;
using PkiCore.Serving.Storage;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Serving;

/// <summary>
/// One issuer that is answered for: its certificates, its signer, and how far its source has been read. Answering reads; the feed and
/// the presigner write.
/// </summary>
internal sealed class ServedIssuer
{
    /// <summary>architecture rule 7: of the replies signed together or one after another, the first and one in so many are verified before use.</summary>
    public const int VerifiedShare = 64;

    /// <summary>What is due in so small a part of its life may be signed again along with what is due.</summary>
    public const int ForesightShare = 64;

    private readonly OcspResponderOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ResponderMetrics _metrics;
    private readonly ILogger _logger;
    private readonly ILogger _auditLogger;
    private readonly SigningTerms _terms;
    private readonly SigningFaults _faults;
    private readonly Lock _signerChanging = new();
    private volatile ResponderIdentity? _identity;

    public ServedIssuer(Issuer issuer, IStatusSource source, OcspResponderOptions options, TimeProvider timeProvider, ResponderMetrics metrics, ILogger logger, ILogger auditLogger)
    {
        Issuer = issuer;
        Source = source;
        _options = options;
        _timeProvider = timeProvider;
        _metrics = metrics;
        _logger = logger;
        _auditLogger = auditLogger;
        Key = Convert.ToHexStringLower(issuer.GetKeyHash(CertIdHash.Sha1)[..4]);
        Prepared = new PreparedCertIds(issuer, options);
        _terms = new SigningTerms(options);
        _faults = new SigningFaults(this, timeProvider, metrics, logger);
        Table = new CertificateTable(Prepared.ReplyCount, options.SegmentBits);
        WaitingTime = new WaitingTime(Table, timeProvider);
        SourceState = new SourceState(options.MaxSourceAge);
        Unknown = new UnknownSerials(options.UnknownSerial, SourceState, timeProvider);
        Presigner = new Presigner(this, timeProvider);
        LiveSigner = new LiveSigner(this, options, timeProvider, metrics);
        Reception = new SourceReception(this, timeProvider, logger);
        Variants = new SignerVariants(this);
        Gate = new SyncGate(options.ServeBeforeSync, options.SyncTimeout, timeProvider);
        if (options.SnapshotDirectory is { } directory)
        {
            Snapshots = new SnapshotKeeper(this, directory, options, timeProvider, metrics, logger);
        }
    }

    public Issuer Issuer { get; }

    public IStatusSource Source { get; }

    public CertificateTable Table { get; }

    public WaitingTime WaitingTime { get; }

    public SourceState SourceState { get; }

    /// <summary>The start of the SHA-1 key hash, in hexadecimal.</summary>
    public string Key { get; }

    /// <summary>What is said of serial numbers that are not in the table.</summary>
    public UnknownSerials Unknown { get; }

    /// <summary>What is due so soon may be signed again.</summary>
    public TimeSpan Foresight => _options.Validity / ForesightShare;

    /// <summary>Whether what a snapshot held may be served.</summary>
    public SyncGate Gate { get; }

    /// <summary>Looks after the snapshot; <see langword="null"/> when none is kept.</summary>
    public SnapshotKeeper? Snapshots { get; }

    public Presigner Presigner { get; }

    public LiveSigner LiveSigner { get; }

    /// <summary>Takes in what the source says.</summary>
    public SourceReception Reception { get; }

    /// <summary>The same issuer with signers of other algorithms; an alternate has none.</summary>
    public SignerVariants Variants { get; }

    /// <summary>Whether this is an issuer's variant for those who prefer its algorithm, not the one for all.</summary>
    public bool IsAlternate { get; init; }

    /// <summary>The issuer for people; variants can be told apart.</summary>
    public string Name => IsAlternate ? $"{Issuer.Name} ({_identity?.Algorithm})" : Issuer.Name;

    /// <summary>The signer of what is signed from now on; <see langword="null"/> when there is none.</summary>
    public ResponderIdentity? Identity => _identity;

    /// <summary>How many threads the signer, or one before it, keeps.</summary>
    public int ThreadsWrittenOff => Presigner.ThreadsWrittenOff + LiveSigner.ThreadsWrittenOff;

    /// <summary>What keeps the signer from signing; <see langword="null"/> when nothing does.</summary>
    public string? SignerProblem
    {
        get => (HasRecovered ? null : _faults.Problem)
            ?? (_identity is { } identity && identity.NotAfter <= _timeProvider.GetUtcNow() ? "the signer's certificate has expired"
            : _identity is { } future && future.NotBefore > _timeProvider.GetUtcNow() ? "the signer's certificate is not valid yet: is the clock right?"
            : Presigner.OverdueFor is { } overdue ? FormattableString.Invariant($"the signer has not answered for {overdue.TotalSeconds:0} s")
            : null);
        set => _faults.Problem = value;
    }

    /// <summary>Whether nothing is known that would keep the signer from signing now.</summary>
    public bool CanSign() => SignerProblem is null && ThreadsWrittenOff == 0 && SourceState.TryGetFreshReading(_timeProvider.GetUtcNow(), out _);

    /// <summary>A failure is over when another minute has passed and nothing waits to be signed.</summary>
    private bool HasRecovered =>
        _identity is not null && _faults.IsQuiet && Presigner.UnfinishedCount == 0;

    /// <summary>Which answers are signed ahead of every certificate.</summary>
    public PreparedCertIds Prepared { get; }

    /// <summary>Counts the answers that are signed ahead.</summary>
    public AnswerCounts CountAnswers(DateTimeOffset now)
    {
        SourceState.TryGetFreshReading(now, out SourceReading reading); // what it said last, fresh or not
        return Table.CountAnswers(now, _terms, in reading);
    }

    /// <summary>Takes a signer into use; what others have signed stays until it is due.</summary>
    /// <exception cref="SigningException">It must not sign for this issuer.</exception>
    public void SetSigner(ISigner signer)
    {
        var identity = ResponderIdentity.Create(Issuer, signer, _options, _timeProvider.GetUtcNow());
        foreach (string warning in identity.Warnings)
        {
            Log.SignerWarning(_logger, Name, signer.Certificate.Subject, warning);
        }

        lock (_signerChanging) // the table and the presigner are to have the same one
        {
            Table.SetSignatureLength(identity.SignatureForm.Length);
            _identity = identity;
        }

        _faults.Succeeded();
        Log.SignerInUse(_logger, Name, signer.Certificate.Subject, identity.NotAfter);
        LiveSigner.Renew();
        Presigner.Renew();
    }

    /// <summary>Signs a ResponseData on a thread that may be written off meanwhile.</summary>
    /// <returns><see langword="false"/> when it was: there is no signature, and the thread ends.</returns>
    /// <exception cref="SigningException">No signature was made; the thread may have been written off all the same.</exception>
    public bool TrySign(
        SigningThread thread, ResponderIdentity identity, ReadOnlySpan<byte> toBeSigned, Span<byte> signature, TimeSpan timeout, SigningPriority priority, out int length)
    {
        bool isBack = false;
        long begunAt = _timeProvider.GetTimestamp();
        thread.BeginCall(begunAt);
        try
        {
            length = identity.Sign(toBeSigned, signature, timeout, priority);
        }
        finally
        {
            isBack = thread.TryEndCall();
        }

        if (isBack)
        {
            _metrics.Signed(priority, _timeProvider.GetElapsedTime(begunAt));
        }

        return isBack;
    }

    /// <summary>Records what was signed ahead together.</summary>
    public void Audit(PresignBatch batch)
    {
        if (batch is { SignatureCount: > 0, Signing: { } signing, Identity: { } identity })
        {
            Log.BatchSigned(
                _auditLogger, Name, signing.Id, batch.SignatureCount, identity.SerialNumber, identity.Subject, signing.ThisUpdate, signing.ProducedAt);
        }
    }

    /// <summary>Holds a reply against what a client would (architecture rule 7).</summary>
    /// <exception cref="SigningException">No client would take it.</exception>
    public void Verify(ReadOnlySpan<byte> reply)
    {
        OcspResponse? response = OcspResponse.Parse(reply);
        OcspVerificationResult? result = response is null ? null : OcspResponseVerifier.Verify(response, Issuer, _timeProvider.GetUtcNow());
        if (result != OcspVerificationResult.Valid)
        {
            throw new SigningException($"A reply did not pass verification before use: {result?.ToString() ?? "it is not well-formed"}. It is thrown away.");
        }
    }

    /// <summary>Takes note of what was signed.</summary>
    /// <param name="changedAt">When its status changed, if that is why.</param>
    public void SigningSucceeded(long? changedAt = null)
    {
        if (changedAt is { } since)
        {
            _metrics.ChangeIsLive(_timeProvider.GetElapsedTime(since));
        }

        _faults.Succeeded();
    }

    /// <inheritdoc cref="SigningFaults.Failed"/>
    public void SigningFailed(Exception fault) => _faults.Failed(fault);

    /// <summary>Fills the table from the snapshot, if there is one.</summary>
    /// <returns>Where the source goes on.</returns>
    public SourcePosition Restore()
    {
        if (SourceState.IsLoaded || Snapshots is null)
        {
            return default;
        }

        Gate.BeginLoading();
        SourcePosition? position = Snapshots.Load();
        Gate.EndLoading(isLoaded: position is not null);
        if (position is null)
        {
            return default;
        }

        if (Gate.IsOpen)
        {
            SourceState.GiveUpWaiting();
        }

        Presigner.NoteRestored();
        if (position.Value != default)
        {
            SourceState.Restore();
        }

        return position.Value;
    }

    /// <summary>Serves what a snapshot held when it is time.</summary>
    public void UpdateGate()
    {
        if (Gate.Update(SourceState.IsLoaded))
        {
            SourceState.GiveUpWaiting();
            Log.ServingBeforeSync(_logger, Name, Source.Name);
        }
    }

    /// <summary>Answers for one certificate from what was signed ahead, or says what has to be done.</summary>
    [SkipLocalsInit]
    public OcspAnswer Answer(CertId certId, Span<byte> reply)
    {
        int index = Prepared.FindReply(certId.Hash!.Value);
        Span<byte> signature = stackalloc byte[ResponderIdentity.MaxSignatureLength];
        if (!SerialNumber.TryCreate(certId.SerialNumber, out SerialNumber serial))
        {
            return Error(OcspOutcome.Unauthorized, reply); // no certificate has such a number, and a reply would have to repeat it
        }

        if (!Gate.IsOpen)
        {
            return Error(OcspOutcome.TryLater, reply);
        }

        SerialLookup lookup = Table.BeginRead(in serial);
        DateTimeOffset now = _timeProvider.GetUtcNow(); // between the two, as memory is slower than the clock
        if (!Table.TryRead(in lookup, Math.Max(index, 0), signature, out CertificateRecord record))
        {
            return Error(Unknown.Find(null, out _, out _), reply);
        }

        if (record.HasExpired(now))
        {
            return Error(OcspOutcome.Unauthorized, reply); // RFC 9919 3.2.3: nothing is said of expired certificates
        }

        if (index < 0 || record.Batch is not { } batch || !batch.IsUsable(now))
        {
            return new OcspAnswer(OcspOutcome.NeedsSignature, 0);
        }

        Span<byte> encoded = stackalloc byte[ResponderIdentity.MaxSignatureLength];
        encoded = encoded[..batch.SignatureForm.Restore(signature[..record.SignatureLength], encoded)];
        int length = batch.Template.Write(reply, Prepared.CreateSingles(index, certId.SerialNumber, record.Status), encoded);
        return new OcspAnswer(record.Status.IsRevoked ? OcspOutcome.Revoked : OcspOutcome.Good, length, batch);
    }

    /// <summary>The status that a live signature may assert now.</summary>
    /// <param name="certId">The certificate.</param>
    /// <param name="now">The time.</param>
    /// <param name="batch">The batch of the reply, which says on which reading it relies; <see langword="null"/> when there is none yet.</param>
    /// <param name="status">The status; <see langword="null"/> is unknown.</param>
    /// <param name="isNeverIssued">Whether the status is that of a certificate that was never issued.</param>
    /// <returns><see cref="OcspOutcome.NeedsSignature"/> when it may be signed, else the error to answer.</returns>
    public OcspOutcome FindStatus(CertId certId, DateTimeOffset now, SigningBatch? batch, out CertificateStatus? status, out bool isNeverIssued)
    {
        status = null;
        isNeverIssued = false;
        if (!SerialNumber.TryCreate(certId.SerialNumber, out SerialNumber serial))
        {
            return OcspOutcome.Unauthorized;
        }

        if (!Table.TryRead(in serial, out CertificateRecord record))
        {
            return Unknown.Find(batch, out status, out isNeverIssued);
        }

        status = record.Status;
        return record.HasExpired(now) ? OcspOutcome.Unauthorized
            : record.Change > (batch?.LastChange ?? uint.MaxValue) ? OcspOutcome.TryLater
            : OcspOutcome.NeedsSignature;
    }

    /// <summary>What <see cref="Answer"/> can say of a request that is signed live: whether one of its certificates rules that out.</summary>
    public OcspOutcome CheckAll(OcspRequest request)
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        foreach (CertId certId in request)
        {
            OcspOutcome outcome = FindStatus(certId, now, null, out _, out _);
            if (outcome != OcspOutcome.NeedsSignature)
            {
                return outcome;
            }
        }

        return OcspOutcome.NeedsSignature;
    }

    /// <summary>Begins a batch: fixes the times and the signer of what is signed next.</summary>
    /// <param name="identity">The signer.</param>
    /// <param name="batch">The batch.</param>
    /// <returns><see langword="false"/> when nothing may be signed now: no signer, or no fresh watermark (architecture rule 1).</returns>
    public bool TryBeginBatch(out ResponderIdentity identity, out SigningBatch batch)
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        identity = _identity!;
        batch = null!;
        if (identity is null || now < identity.NotBefore || !SourceState.TryGetFreshReading(now, out SourceReading reading))
        {
            return false;
        }

        if (!_terms.TryGetNextUpdate(now, in reading, identity.NotAfter, out DateTimeOffset nextUpdate))
        {
            return false;
        }

        DateTimeOffset producedAt = SigningTerms.FloorToSecond(now);
        DateTimeOffset thisUpdate = SigningTerms.FloorToSecond(reading.Watermark);
        long number = SigningBatch.NextNumber();
        batch = new SigningBatch(
            number, identity.CreateTemplate(producedAt, thisUpdate, nextUpdate), identity.SignatureForm, reading.LastChange, producedAt, thisUpdate, SigningTerms.FloorToSecond(nextUpdate),
            _terms.GetRefreshTime(now, thisUpdate, nextUpdate, number, in reading)) { Reading = reading };
        return true;
    }

    public static OcspAnswer Error(OcspOutcome outcome, Span<byte> reply)
    {
        OcspResponseStatus? status = outcome switch
        {
            OcspOutcome.MalformedRequest => OcspResponseStatus.MalformedRequest,
            OcspOutcome.InternalError => OcspResponseStatus.InternalError,
            OcspOutcome.TryLater => OcspResponseStatus.TryLater,
            OcspOutcome.Unauthorized => OcspResponseStatus.Unauthorized,
            _ => null,
        };
        return new OcspAnswer(outcome, status is { } error ? OcspErrorResponse.Write(error, reply) : 0);
    }
}
