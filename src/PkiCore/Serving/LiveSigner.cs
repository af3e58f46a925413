using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using PkiCore.Ocsp;
using PkiCore.Status;

namespace PkiCore.Serving;

/// <summary>
/// Signs replies to single requests: the live lane. Bounded in every way: threads, queue, and the time a request waits. What does not fit
/// gets tryLater. A thread that is stuck in a signer keeps nobody waiting past the deadline.
/// </summary>
internal sealed class LiveSigner(ServedIssuer issuer, OcspResponderOptions options, TimeProvider timeProvider, ResponderMetrics metrics, ILogger logger) : IDisposable
{
    private static readonly TimeSpan s_idleTime = TimeSpan.FromSeconds(10);

    private readonly BlockingCollection<Job> _queue = new(options.LiveQueueLength);
    private readonly Lock _starting = new();
    private int _running; // threads
    private int _pending; // jobs that wait or are being signed

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

    private bool TryEnqueue(Job job)
    {
        lock (_starting)
        {
            if (_queue.IsAddingCompleted || !_queue.TryAdd(job))
            {
                return false;
            }

            if (_running < Math.Min(++_pending, options.LiveConcurrency))
            {
                _running++;
                new Thread(Work) { IsBackground = true, Name = "PkiCore live signer" }.Start();
            }

            return true;
        }
    }

    private void Work()
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
                _pending -= found ? 1 : 0;
                if (!found && _queue.Count == 0)
                {
                    _running--;
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
            metrics.SigningFailed();
            Log.SigningFailed(logger, issuer.Issuer.Name, e);
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
        bool neverIssued = false;
        int i = 0;
        foreach (CertId certId in request)
        {
            OcspOutcome outcome = issuer.FindStatus(certId, batch.ProducedAt, batch.ReadAt, out statuses[i++], out bool isKnown);
            if (outcome != OcspOutcome.NeedsSignature)
            {
                return (outcome, null);
            }

            neverIssued |= !isKnown && options.UnknownSerial == UnknownSerialPolicy.ExtendedRevoked;
        }

        ReadOnlySpan<byte> nonce = options.Nonce == NoncePolicy.Sign ? request.Nonce : default;
        Span<byte> extensions = stackalloc byte[OcspResponseExtensions.MaxLength];
        extensions = extensions[..OcspResponseExtensions.Write(extensions, nonce, neverIssued)];
        return (GetOutcome(statuses), Sign(identity, batch.Template, request, statuses, extensions, timeout));
    }

    private byte[] Sign(
        ResponderIdentity identity, OcspResponseTemplate template, OcspRequest request, ReadOnlySpan<CertificateStatus?> statuses, ReadOnlySpan<byte> extensions, TimeSpan timeout)
    {
        byte[] buffer = new byte[OcspResponder.MaxReplyLength];
        Span<byte> signature = stackalloc byte[ResponderIdentity.MaxSignatureLength];
        int length = template.WriteToBeSigned(buffer, request, statuses, extensions);
        byte[] toBeSigned = buffer[..length];
        signature = signature[..identity.Sign(toBeSigned, signature, timeout)];
        metrics.SignedLive();
        return buffer[..template.Write(buffer, toBeSigned, signature)];
    }

    private static OcspOutcome GetOutcome(ReadOnlySpan<CertificateStatus?> statuses) => statuses switch
    {
        [null] => OcspOutcome.Unknown,
        [{ IsRevoked: true }] => OcspOutcome.Revoked,
        [_] => OcspOutcome.Good,
        _ => OcspOutcome.Several,
    };

    private sealed record Job(byte[] Request, long StartedAt)
    {
        public TaskCompletionSource<(OcspOutcome Outcome, byte[]? Reply)> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
