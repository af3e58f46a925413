using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using PkiCore.Ocsp;
using PkiCore.Signing;
using PkiCore.Status;

namespace PkiCore.Serving;

/// <summary>
/// Signs replies to single requests: the live lane. Bounded in every way: threads, queue, and the time a request waits. What does not fit
/// gets tryLater. A thread that is stuck in a signer keeps nobody waiting past the deadline.
/// </summary>
internal sealed class LiveSigner(ServedIssuer issuer, OcspResponderOptions options, TimeProvider timeProvider, ResponderMetrics metrics) : IDisposable
{
    private static readonly TimeSpan s_idleTime = TimeSpan.FromSeconds(10);

    private readonly BlockingCollection<Job> _queue = new(options.LiveQueueLength);
    private readonly Lock _starting = new();
    private Crew _crew = new();
    private int _untilVerified; // how many replies go out before the next one is verified

    /// <summary>How many requests wait.</summary>
    public int QueueLength => _queue.Count;

    /// <summary>Signs a reply to a request that was parsed before.</summary>
    /// <returns>The outcome and the reply; tryLater without one.</returns>
    public async ValueTask<(OcspOutcome Outcome, byte[]? Reply)> SignAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        // The request is copied: this call may give up while the job still waits or signs.
        var job = new Job(request.ToArray(), timeProvider.GetTimestamp());
        if (!TryEnqueue(job))
        {
            metrics.Shed();
            return (OcspOutcome.TryLater, null);
        }

        try
        {
            return await job.Completion.Task.WaitAsync(options.LiveTimeout, timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            metrics.Shed();
            return (OcspOutcome.TryLater, null);
        }
    }

    /// <summary>Takes no more requests; those that wait get tryLater when their time is over.</summary>
    public void Dispose()
    {
        lock (_starting)
        {
            _queue.CompleteAdding();
        }
    }

    /// <summary>After the signer was replaced: threads that are stuck in the one before no longer count.</summary>
    public void Renew()
    {
        lock (_starting)
        {
            _crew = new Crew { Pending = _queue.Count };
            Volatile.Write(ref _untilVerified, 0);
            StartThreads();
        }
    }

    private bool TryEnqueue(Job job)
    {
        lock (_starting)
        {
            if (_queue.IsAddingCompleted || !_queue.TryAdd(job))
            {
                return false;
            }

            _crew.Pending++;
            StartThreads();
            return true;
        }
    }

    /// <summary>The caller holds the lock.</summary>
    private void StartThreads()
    {
        Crew crew = _crew;
        while (crew.Running < Math.Min(crew.Pending, options.LiveConcurrency) && BackgroundThread.TryStart("PkiCore live signer", () => Work(crew)))
        {
            crew.Running++;
        }
    }

    private void Work(Crew crew)
    {
        while (true)
        {
            bool found = _queue.TryTake(out Job? job, s_idleTime);
            if (found)
            {
                Run(job!);
            }

            lock (_starting)
            {
                crew.Pending -= found ? 1 : 0;
                if (crew != _crew || (!found && _queue.Count == 0))
                {
                    crew.Running--;
                    return;
                }
            }
        }
    }

    private void Run(Job job)
    {
        TimeSpan left = options.LiveTimeout - timeProvider.GetElapsedTime(job.StartedAt);
        if (left <= TimeSpan.Zero)
        {
            return; // nobody waits for it any more
        }

        try
        {
            job.Completion.SetResult(Sign(job.Request, left));
        }
#pragma warning disable CA1031 // Do not catch general exception types: a signer is foreign code, and its faults must not end the process
        catch (Exception e)
#pragma warning restore CA1031
        {
            issuer.SigningFailed(e);
            job.Completion.SetResult((OcspOutcome.TryLater, null));
        }
    }

    [SkipLocalsInit]
    private (OcspOutcome Outcome, byte[]? Reply) Sign(byte[] encoded, TimeSpan timeout)
    {
        if (!OcspRequest.TryParse(encoded, out OcspRequest request, out _, options.MaxCertificatesPerRequest)
            || !issuer.TryBeginBatch(out ResponderIdentity identity, out SigningBatch batch))
        {
            return (OcspOutcome.TryLater, null);
        }

        Span<CertificateStatus?> statuses = new CertificateStatus?[request.CertificateCount];
        OcspOutcome outcome = FindStatuses(request, batch, statuses, out bool neverIssued);
        if (outcome != OcspOutcome.NeedsSignature)
        {
            return (outcome, null);
        }

        ReadOnlySpan<byte> nonce = options.Nonce == NoncePolicy.Sign ? request.Nonce : default;
        Span<byte> extensions = stackalloc byte[OcspResponseExtensions.MaxLength];
        extensions = extensions[..OcspResponseExtensions.Write(extensions, nonce, neverIssued)];
        byte[] reply = Sign(identity, batch.Template, request, statuses, extensions, timeout);

        // A change that came while the signer was at work has killed this reply too (architecture rule 4).
        Span<CertificateStatus?> after = new CertificateStatus?[statuses.Length];
        return FindStatuses(request, batch, after, out _) == OcspOutcome.NeedsSignature && after.SequenceEqual(statuses)
            ? (GetOutcome(statuses), reply)
            : (OcspOutcome.TryLater, null);
    }

    private OcspOutcome FindStatuses(OcspRequest request, SigningBatch batch, Span<CertificateStatus?> statuses, out bool neverIssued)
    {
        neverIssued = false;
        int i = 0;
        foreach (CertId certId in request)
        {
            OcspOutcome outcome = issuer.FindStatus(certId, batch.ProducedAt, batch.ReadAt, out statuses[i++], out bool isKnown);
            if (outcome != OcspOutcome.NeedsSignature)
            {
                return outcome;
            }

            neverIssued |= !isKnown && options.UnknownSerial == UnknownSerialPolicy.ExtendedRevoked;
        }

        return OcspOutcome.NeedsSignature;
    }

    private byte[] Sign(
        ResponderIdentity identity, OcspResponseTemplate template, OcspRequest request, ReadOnlySpan<CertificateStatus?> statuses, ReadOnlySpan<byte> extensions, TimeSpan timeout)
    {
        byte[] buffer = new byte[OcspResponder.MaxReplyLength];
        Span<byte> signature = stackalloc byte[ResponderIdentity.MaxSignatureLength];
        int length = template.WriteToBeSigned(buffer, request, statuses, extensions);
        byte[] toBeSigned = buffer[..length];
        signature = signature[..identity.Sign(toBeSigned, signature, timeout, SigningPriority.Live)];
        metrics.SignedLive();
        byte[] reply = buffer[..template.Write(buffer, toBeSigned, signature)];
        if (Interlocked.Decrement(ref _untilVerified) < 0)
        {
            issuer.Verify(reply); // and the next one too, unless this one passes
            Volatile.Write(ref _untilVerified, ServedIssuer.VerifiedShare - 1);
        }

        issuer.SigningSucceeded();
        return reply;
    }

    private static OcspOutcome GetOutcome(ReadOnlySpan<CertificateStatus?> statuses) => statuses switch
    {
        [null] => OcspOutcome.Unknown,
        [{ IsRevoked: true }] => OcspOutcome.Revoked,
        [_] => OcspOutcome.Good,
        _ => OcspOutcome.Several,
    };

    /// <summary>The threads that sign with one signer.</summary>
    private sealed class Crew
    {
        public int Running;

        /// <summary>Jobs that wait or are being signed.</summary>
        public int Pending;
    }

    private sealed record Job(byte[] Request, long StartedAt)
    {
        public TaskCompletionSource<(OcspOutcome Outcome, byte[]? Reply)> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
