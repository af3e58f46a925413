using PkiCore.Ocsp;
using PkiCore.Signing;

namespace PkiCore.Serving;

/// <summary>
/// Signs replies to single requests: the live lane. Bounded in every way: threads, queue, signatures per second, and the time a request waits. What
/// does not fit gets tryLater. A timer of each request watches the thread that signs for it: a thread that has spent half of the time in one call of
/// the signer is written off, and another one tries. None waits past the deadline, and none is signed that cannot be ready by then: else a signer
/// that is too slow for the queue would finish each request just too late.
/// </summary>
internal sealed class LiveSigner(ServedIssuer issuer, OcspResponderOptions options, TimeProvider timeProvider, ResponderMetrics metrics) : IDisposable
{
    private static readonly TimeSpan s_idleTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_shortestWait = TimeSpan.FromMilliseconds(1); // timers know nothing shorter

    private readonly TimeSpan _longestCall = options.LiveTimeout / 2;
    private readonly LiveReplySigner _replies = new(issuer, options, timeProvider);
    private readonly Lock _lock = new();
    private readonly LinkedList<LiveJob> _queue = new();
    private readonly SemaphoreSlim _available = new(0); // as many as there are jobs in the queue, and one more once disposed
    private readonly SigningCrew<LiveJob> _crew = new("PkiCore live signer");
    private readonly RateLimit _rate = new(options.MaxLiveSignaturesPerSecond, timeProvider);
    private readonly RecentDuration _signing = new();
    private bool _disposed;

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
        cancellationToken.ThrowIfCancellationRequested();
        using LiveJob? job = TryEnqueue(request);
        if (job is null)
        {
            metrics.Shed();
            return (OcspOutcome.TryLater, null);
        }

        try
        {
            job.Watchdog = timeProvider.CreateTimer(Watch, job, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            job.Watchdog.Change(_longestCall, Timeout.InfiniteTimeSpan); // not before the job knows its watchdog
            return await job.Result.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Forget(job);
        }
    }

    /// <summary>Writes off threads that are stuck with what nobody waits for any more, and so nobody watches.</summary>
    public void Tick()
    {
        lock (_lock)
        {
            foreach (LiveJob job in _crew.WriteOffAll(timeProvider.GetTimestamp() - (long)(_longestCall.TotalSeconds * timeProvider.TimestampFrequency)))
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
            _replies.Renew();
            _signing.Reset();
            StartThreads();
        }
    }

    /// <summary>Lets a request in. One that is not costs nothing but the look.</summary>
    private LiveJob? TryEnqueue(ReadOnlyMemory<byte> request)
    {
        lock (_lock)
        {
            if (_disposed || _queue.Count >= options.LiveQueueLength || !_rate.TryPass())
            {
                return null;
            }

            var job = new LiveJob(request, timeProvider.GetTimestamp());
            _queue.AddLast(job.Place);
            _available.Release();
            StartThreads();
            return job;
        }
    }

    /// <summary>Nobody waits any more, so nobody need sign, and its place in the queue is another's.</summary>
    private void Forget(LiveJob job)
    {
        if (job.TryGiveUp())
        {
            LeaveQueue(job);
        }
    }

    private void LeaveQueue(LiveJob job)
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

    /// <summary>Looks after a job that takes long. A call of the signer is overdue after half of the time that a request waits, whenever it began.</summary>
    private void Watch(object? state)
    {
        var job = (LiveJob)state!;
        TimeSpan left = GetTimeLeft(job);
        if (left <= TimeSpan.Zero)
        {
            if (job.TryGiveUp())
            {
                metrics.Shed();
                LeaveQueue(job);
            }

            return;
        }

        lock (_lock)
        {
            if (job.Signer is { } member && member.Thread.TryGetCall(out long since))
            {
                TimeSpan leftOfCall = _longestCall - timeProvider.GetElapsedTime(since);
                if (leftOfCall > TimeSpan.Zero)
                {
                    left = leftOfCall < left ? leftOfCall : left;
                }
                else if (_crew.WriteOff(member, since) is { } same)
                {
                    Requeue(same);
                    StartThreads();
                }
            }

            job.Watchdog!.Change(left > s_shortestWait ? left : s_shortestWait, Timeout.InfiniteTimeSpan);
        }
    }

    private TimeSpan GetTimeLeft(LiveJob job) => options.LiveTimeout - timeProvider.GetElapsedTime(job.StartedAt);

    /// <summary>Puts a job whose thread was written off where it is next. The caller holds the lock.</summary>
    private void Requeue(LiveJob job)
    {
        job.Signer = null;
        if (!job.Result.IsCompleted)
        {
            _queue.AddFirst(job.Place); // it was let in once, so the limit of the queue does not hold for it
            _available.Release();
        }
    }

    /// <summary>The caller holds the lock.</summary>
    private void StartThreads() => _crew.Start(_queue.Count + _crew.InHand, options.GetLiveConcurrency(issuer.Identity?.Parallelism ?? 1), Work);

    private void Work(SigningCrew<LiveJob>.Member member)
    {
        var workspace = new LiveReplySigner.Workspace(options);
        var turn = new ProcessorTurns.Turn();
        while (Take(member, turn) is { } job)
        {
            TimeSpan? took = Run(member, workspace, job);
            ProcessorTurns.Shared.EndIfOver(turn, timeProvider);
            if (member.Thread.IsWrittenOff)
            {
                break;
            }

            lock (_lock)
            {
                job.Signer = null;
                _crew.Finish(member);
                if (took is { } duration && _crew.IsCurrent(member))
                {
                    _signing.Add(duration);
                }
            }
        }

        ProcessorTurns.Shared.End(turn);
        lock (_lock)
        {
            _crew.Leave(member);
            StartThreads(); // its place may be what a job has waited for
        }
    }

    /// <summary>Waits for a job, and for a turn to sign it.</summary>
    /// <returns><see langword="null"/> when the thread is to end: there was none for a while, or it belongs to an earlier signer.</returns>
    private LiveJob? Take(SigningCrew<LiveJob>.Member member, ProcessorTurns.Turn turn)
    {
        while (true)
        {
            bool signalled = WaitForJob(turn);
            lock (_lock)
            {
                bool mayWork = _crew.IsCurrent(member);
                if (signalled && mayWork && TakeFirst() is { } job)
                {
                    job.Signer = member;
                    _crew.Take(member, job, 1);
                    return job;
                }

                if (signalled && (!mayWork || _disposed))
                {
                    _available.Release(); // for another
                }

                if (!mayWork || (_queue.Count == 0 && (_disposed || !signalled)))
                {
                    return null;
                }
            }
        }
    }

    /// <summary>The job stays in the queue while the thread waits for its turn: meanwhile its time may be over.</summary>
    private bool WaitForJob(ProcessorTurns.Turn turn)
    {
        if (!_available.Wait(TimeSpan.Zero))
        {
            ProcessorTurns.Shared.End(turn);
            if (!_available.Wait(s_idleTime))
            {
                return false;
            }
        }

        if (options.LiveConcurrency is null && issuer.Identity is { UsesProcessor: true })
        {
            ProcessorTurns.Shared.Begin(turn, timeProvider);
        }

        return true;
    }

    /// <summary>Takes the first job that can be ready in time, and gives up those before it; the last one is tried in any case. The caller holds the lock.</summary>
    private LiveJob? TakeFirst()
    {
        TimeSpan needed = _signing.Estimate < _longestCall ? _signing.Estimate : _longestCall; // so that a new request is tried, however bad it was
        while (_queue.First?.Value is { } job)
        {
            _queue.RemoveFirst();
            if (GetTimeLeft(job) > (_queue.Count > 0 ? needed : TimeSpan.Zero))
            {
                return job;
            }

            if (job.TryGiveUp())
            {
                metrics.Shed();
            }

            _available.Wait(TimeSpan.Zero); // what it was counted with; that of the last one is what brought the thread here
        }

        return null;
    }

    /// <returns>How long it took, when it was signed.</returns>
    private TimeSpan? Run(SigningCrew<LiveJob>.Member member, LiveReplySigner.Workspace workspace, LiveJob job)
    {
        // A wait for a session has to end before the call counts as overdue: it is no use to have another thread wait too.
        TimeSpan longestWait = _longestCall * 0.9;
        TimeSpan left = GetTimeLeft(job);
        try
        {
            long begunAt = timeProvider.GetTimestamp();
            (OcspOutcome Outcome, byte[]? Reply) result = _replies.Sign(member.Thread, workspace, job.Request, left < longestWait ? left : longestWait);
            if (!member.Thread.IsWrittenOff)
            {
                job.TryComplete(result);
                return result.Reply is null ? null : timeProvider.GetElapsedTime(begunAt);
            }
        }
#pragma warning disable CA1031 // Do not catch general exception types: a signer is foreign code, and its faults must not end the process
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (!member.Thread.IsWrittenOff)
            {
                NoteFailure(e);
                job.TryGiveUp();
            }
        }

        return null;
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
}
