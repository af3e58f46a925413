using System.Runtime.CompilerServices;
using PkiCore.Ocsp;
using PkiCore.Signing;
using PkiCore.Status;

namespace PkiCore.Serving;

/// <summary>
/// Signs replies to single requests: the live lane. Bounded in every way: threads, queue, and the time a request waits. What does not fit
/// gets tryLater. A request watches the thread that signs for it: when half of the time is gone in one call of the signer, it writes the
/// thread off and has another one try. None waits past the deadline.
/// </summary>
internal sealed class LiveSigner(ServedIssuer issuer, OcspResponderOptions options, TimeProvider timeProvider, ResponderMetrics metrics) : IDisposable
{
    private static readonly TimeSpan s_idleTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_shortestWait = TimeSpan.FromMilliseconds(1); // timers know nothing shorter

    private readonly TimeSpan _longestCall = options.LiveTimeout / 2;
    private readonly Lock _lock = new();
    private readonly LinkedList<Job> _queue = new();
    private readonly SemaphoreSlim _available = new(0); // as many as there are jobs in the queue, and one more once disposed
    private readonly SigningCrew<Job> _crew = new("PkiCore live signer");
    private bool _disposed;
    private int _untilVerified; // how many replies go out before the next one is verified

    /// <summary>How many requests wait.</summary>
    public int QueueLength
    {
        get
        {
            lock (_lock)
            {
                return _queue.Count;
            }
        }
    }

    /// <summary>How many threads a signer keeps.</summary>
    public int ThreadsWrittenOff => _crew.WrittenOff;

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

        ITimer watchdog = timeProvider.CreateTimer(Watch, job, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            job.Watchdog = watchdog;
            watchdog.Change(_longestCall, Timeout.InfiniteTimeSpan);
            return await job.Completion.Task.WaitAsync(options.LiveTimeout, timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            metrics.Shed();
            return (OcspOutcome.TryLater, null);
        }
        finally
        {
            await watchdog.DisposeAsync().ConfigureAwait(false);
            Forget(job);
        }
    }

    /// <summary>Writes off threads that are stuck with what nobody waits for any more, and so nobody watches.</summary>
    public void Tick()
    {
        lock (_lock)
        {
            foreach (Job job in _crew.WriteOffAll(timeProvider.GetTimestamp() - (long)(_longestCall.TotalSeconds * timeProvider.TimestampFrequency)))
            {
                Requeue(job);
            }

            StartThreads();
        }
    }

    /// <summary>Takes no more requests; those that wait get tryLater when their time is over.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _disposed = true;
                _available.Release(); // whoever finds no job with it passes it on
            }
        }
    }

    /// <summary>After the signer was replaced: threads that are stuck in the one before no longer count.</summary>
    public void Renew()
    {
        lock (_lock)
        {
            _crew.Renew();
            Volatile.Write(ref _untilVerified, 0);
            StartThreads();
        }
    }

    private bool TryEnqueue(Job job)
    {
        lock (_lock)
        {
            if (_disposed || _queue.Count >= options.LiveQueueLength)
            {
                return false;
            }

            _queue.AddLast(job.Place);
            _available.Release();
            StartThreads();
            return true;
        }
    }

    /// <summary>Nobody waits any more, so nobody need sign, and its place in the queue is another's.</summary>
    private void Forget(Job job)
    {
        if (job.Completion.TrySetResult((OcspOutcome.TryLater, null)))
        {
            lock (_lock)
            {
                if (job.Place.List is not null)
                {
                    _queue.Remove(job.Place);
                    _available.Wait(TimeSpan.Zero); // else a thread is on its way, and finds nothing
                }
            }
        }
    }

    /// <summary>Looks after a job that takes long. A call of the signer is overdue after half of the time that a request waits, whenever it began.</summary>
    private void Watch(object? state)
    {
        var job = (Job)state!;
        lock (_lock)
        {
            if (job.Signer is not { } member || !member.Thread.TryGetCall(out long since))
            {
                return; // it waits for a thread, so its call cannot become overdue in time; or it is as good as done
            }

            TimeSpan left = _longestCall - timeProvider.GetElapsedTime(since);
            if (left > TimeSpan.Zero)
            {
                job.Watchdog!.Change(left > s_shortestWait ? left : s_shortestWait, Timeout.InfiniteTimeSpan);
            }
            else if (_crew.WriteOff(member, since) is { } same)
            {
                Requeue(same);
                StartThreads();
            }
        }
    }

    /// <summary>Puts a job whose thread was written off where it is next. The caller holds the lock.</summary>
    private void Requeue(Job job)
    {
        job.Signer = null;
        if (!job.Completion.Task.IsCompleted)
        {
            _queue.AddFirst(job.Place); // it was let in once, so the limit of the queue does not hold for it
            _available.Release();
        }
    }

    /// <summary>The caller holds the lock.</summary>
    private void StartThreads() => _crew.Start(_queue.Count + _crew.InHand, options.GetLiveConcurrency(issuer.Identity?.Parallelism ?? 1), Work);

    private void Work(SigningCrew<Job>.Member member)
    {
        while (Take(member) is { } job)
        {
            Run(member, job);
            if (member.Thread.IsWrittenOff)
            {
                break;
            }

            lock (_lock)
            {
                job.Signer = null;
                _crew.Finish(member);
            }
        }

        lock (_lock)
        {
            _crew.Leave(member);
            StartThreads(); // its place may be what a job has waited for
        }
    }

    /// <summary>Waits for a job.</summary>
    /// <returns><see langword="null"/> when the thread is to end: there was none for a while, or it belongs to an earlier signer.</returns>
    private Job? Take(SigningCrew<Job>.Member member)
    {
        while (true)
        {
            bool signalled = _available.Wait(s_idleTime);
            lock (_lock)
            {
                bool mayWork = _crew.IsCurrent(member);
                if (signalled && mayWork && _queue.First?.Value is { } job)
                {
                    _queue.RemoveFirst();
                    job.Signer = member;
                    _crew.Take(member, job, 1);
                    return job;
                }

                if (signalled && (!mayWork || _disposed))
                {
                    _available.Release(); // for another
                }

                if (!mayWork || _queue.Count == 0)
                {
                    return null;
                }
            }
        }
    }

    private void Run(SigningCrew<Job>.Member member, Job job)
    {
        TimeSpan left = options.LiveTimeout - timeProvider.GetElapsedTime(job.StartedAt);
        if (left <= TimeSpan.Zero || job.Completion.Task.IsCompleted)
        {
            return; // nobody waits for it any more
        }

        // A wait for a session has to end before the call counts as overdue: it is no use to have another thread wait too.
        TimeSpan longestWait = _longestCall * 0.9;
        try
        {
            (OcspOutcome, byte[]?) result = Sign(member.Thread, job.Request, left < longestWait ? left : longestWait);
            if (!member.Thread.IsWrittenOff)
            {
                job.Completion.TrySetResult(result);
            }
        }
#pragma warning disable CA1031 // Do not catch general exception types: a signer is foreign code, and its faults must not end the process
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (!member.Thread.IsWrittenOff)
            {
                NoteFailure(e);
                job.Completion.TrySetResult((OcspOutcome.TryLater, null));
            }
        }
    }

    private void NoteFailure(Exception fault)
    {
        if (fault is SigningException { IsOverload: true })
        {
            metrics.Shed(); // nothing is wrong but that there is much to do
        }
        else
        {
            issuer.SigningFailed(fault);
        }
    }

    [SkipLocalsInit]
    private (OcspOutcome Outcome, byte[]? Reply) Sign(SigningThread thread, byte[] encoded, TimeSpan timeout)
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
        byte[]? reply = Sign(thread, identity, batch.Template, request, statuses, extensions, timeout);

        // A change that came while the signer was at work has killed this reply too (architecture rule 4).
        Span<CertificateStatus?> after = new CertificateStatus?[statuses.Length];
        return reply is not null && FindStatuses(request, batch, after, out _) == OcspOutcome.NeedsSignature && after.SequenceEqual(statuses)
            ? (GetOutcome(statuses), reply)
            : (OcspOutcome.TryLater, null);
    }

    private OcspOutcome FindStatuses(OcspRequest request, SigningBatch batch, Span<CertificateStatus?> statuses, out bool neverIssued)
    {
        neverIssued = false;
        int i = 0;
        foreach (CertId certId in request)
        {
            OcspOutcome outcome = issuer.FindStatus(certId, batch.ProducedAt, batch.LastChange, out statuses[i++], out bool isKnown);
            if (outcome != OcspOutcome.NeedsSignature)
            {
                return outcome;
            }

            neverIssued |= !isKnown && options.UnknownSerial == UnknownSerialPolicy.ExtendedRevoked;
        }

        return OcspOutcome.NeedsSignature;
    }

    /// <summary>Signs and writes a reply; <see langword="null"/> when the thread was written off meanwhile.</summary>
    private byte[]? Sign(
        SigningThread thread, ResponderIdentity identity, OcspResponseTemplate template, OcspRequest request, ReadOnlySpan<CertificateStatus?> statuses, ReadOnlySpan<byte> extensions, TimeSpan timeout)
    {
        byte[] buffer = new byte[OcspResponder.MaxReplyLength];
        Span<byte> signature = stackalloc byte[ResponderIdentity.MaxSignatureLength];
        int length = template.WriteToBeSigned(buffer, request, statuses, extensions);
        byte[] toBeSigned = buffer[..length];
        if (!issuer.TrySign(thread, identity, toBeSigned, signature, timeout, SigningPriority.Live, out int signatureLength))
        {
            return null;
        }

        byte[] reply = buffer[..template.Write(buffer, toBeSigned, signature[..signatureLength])];
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

    private sealed class Job
    {
        public Job(byte[] request, long startedAt)
        {
            Request = request;
            StartedAt = startedAt;
            Place = new LinkedListNode<Job>(this);
        }

        public byte[] Request { get; }

        public long StartedAt { get; }

        /// <summary>Its place in the queue; in no list while a thread has it.</summary>
        public LinkedListNode<Job> Place { get; }

        /// <summary>The thread that has it in hand; under the lock.</summary>
        public SigningCrew<Job>.Member? Signer { get; set; }

        /// <summary>Looks after it while the request waits.</summary>
        public ITimer? Watchdog { get; set; }

        public TaskCompletionSource<(OcspOutcome Outcome, byte[]? Reply)> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
