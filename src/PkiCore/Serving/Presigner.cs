using System.Runtime.CompilerServices;
using PkiCore.Ocsp;
using PkiCore.Serving.Storage;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Serving;

/// <summary>
/// Signs the answers of one issuer ahead of the requests. It has threads of its own, as many as the signer can use, and only while
/// there is something to sign: signing blocks.
/// </summary>
internal sealed class Presigner(ServedIssuer issuer, TimeProvider timeProvider) : IDisposable
{
    private const int MaxCertificatesPerBatch = 32768;

    /// <summary>So few are not worth a thread of their own, even when each signature takes long.</summary>
    private const int MinCertificatesPerBatch = 16;

    /// <summary>Then a batch ends: what it says of its time is to stay true, and what has changed meanwhile waits for the next one.</summary>
    private static readonly TimeSpan s_longestBatch = TimeSpan.FromSeconds(1);

    /// <summary>How long a signer has for a signature; a thread that it keeps longer is written off.</summary>
    private static readonly TimeSpan s_signTimeout = TimeSpan.FromSeconds(5);

    /// <summary>When it is a problem: a second thread has tried by then.</summary>
    private static readonly TimeSpan s_overdueAfter = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly SigningCrew<PresignBatch> _crew = new("PkiCore presigner");
    private long _lastSignature; // of the present signer; or when the first thread started
    private long _pausedUntil;
    private long _setAsideAt; // ticks of the latest time at which something was found to have expired; under the lock
    private volatile bool _disposed;

    /// <summary>What is to be signed.</summary>
    public PresignQueue Queue { get; } = new(issuer.Table, issuer.Foresight);

    /// <summary>How many certificates wait for their signatures, in the queue or with a thread.</summary>
    public int UnfinishedCount => issuer.Table.WaitingCount + CountDue(timeProvider.GetUtcNow());

    /// <summary>Looks after threads that are stuck and answers that are getting old, and goes on with what could not be signed before. Called every
    /// second or so.</summary>
    public void Tick(DateTimeOffset now)
    {
        WriteOffStuck();
        if (TryNoteSetBack(now))
        {
            issuer.Table.Recall(now); // what seemed to have expired may be valid
        }

        Wake();
    }

    /// <summary>How many threads a signer keeps.</summary>
    public int ThreadsWrittenOff => _crew.WrittenOff;

    /// <summary>How long the signer has owed a signature, when that is longer than it may.</summary>
    public TimeSpan? OverdueFor
    {
        get
        {
            lock (_lock)
            {
                bool isOwed = _crew.Running > 0 || (issuer.Identity is { } identity && _crew.IsSpent(identity.Parallelism) && !IsQueueEmpty());
                TimeSpan idle = timeProvider.GetElapsedTime(Volatile.Read(ref _lastSignature));
                return isOwed && idle > s_overdueAfter ? idle : null;
            }
        }
    }

    /// <summary>Starts threads if there is work that can be done now.</summary>
    public void Wake() => Wake(replaces: false);

    /// <summary>After the signer was replaced: threads that are stuck in the one before no longer count, and what they were at is queued again.</summary>
    public void Renew()
    {
        lock (_lock)
        {
            foreach (PresignBatch batch in _crew.Works)
            {
                batch.GiveAllBack(Queue);
            }

            _crew.Renew();
            Volatile.Write(ref _lastSignature, timeProvider.GetTimestamp());
            Volatile.Write(ref _pausedUntil, timeProvider.GetTimestamp());
        }

        Wake();
    }

    /// <summary>Lets running threads end after the signature they are at.</summary>
    public void Dispose() => _disposed = true;

    /// <param name="replaces">The threads are for those that were written off: the signer owes no less for that.</param>
    private void Wake(bool replaces)
    {
        if (_disposed || issuer.Identity is not { } identity || timeProvider.GetTimestamp() < Volatile.Read(ref _pausedUntil) || IsQueueEmpty())
        {
            return;
        }

        lock (_lock)
        {
            bool wasIdle = _crew.Running == 0 && !replaces;
            _crew.Start(_crew.Running + 1 + (CountUntaken() / GetBatchSize(identity)), identity.Parallelism, Work);
            if (wasIdle && _crew.Running > 0)
            {
                Volatile.Write(ref _lastSignature, timeProvider.GetTimestamp());
            }
        }
    }

    /// <summary>Whether nothing may be signed now: there is nothing, or no fresh watermark.</summary>
    private bool IsQueueEmpty()
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        return !issuer.SourceState.TryGetFreshReading(now, out SourceReading reading) || Queue.IsEmpty(now, in reading);
    }

    private int CountDue(DateTimeOffset now)
    {
        issuer.SourceState.TryGetFreshReading(now, out SourceReading reading); // what it said last, fresh or not
        return issuer.Table.CountDue(now, reading);
    }

    private void WriteOffStuck()
    {
        IReadOnlyList<PresignBatch> abandoned;
        lock (_lock)
        {
            abandoned = _crew.WriteOffAll(timeProvider.GetTimestamp() - (long)(s_signTimeout.TotalSeconds * timeProvider.TimestampFrequency));
            foreach (PresignBatch batch in abandoned)
            {
                batch.GiveBack(Queue);
            }
        }

        foreach (PresignBatch batch in abandoned)
        {
            issuer.Audit(batch);
        }

        if (abandoned.Count > 0)
        {
            Wake(replaces: true);
        }
    }

    private void Work(SigningCrew<PresignBatch>.Member member)
    {
        bool mayGoOn = true;
        while (mayGoOn && Take(member) is { } batch)
        {
            bool isDone = SignBatch(member, batch);
            mayGoOn = TryFinish(member, batch) && isDone;
        }

        lock (_lock)
        {
            _crew.Leave(member);
        }

        // What was queued, or read, after this thread had looked and before it was counted out; or what its place was needed for. For the rest the
        // next tick or reading will do.
        if (mayGoOn || member.Thread.IsWrittenOff)
        {
            Wake();
        }
    }

    /// <summary>Large batches have few templates and ETags; but a device that signs for many callers at once is to have many callers.</summary>
    private int GetBatchSize(ResponderIdentity identity) => Math.Clamp(CountUntaken() / identity.Parallelism, MinCertificatesPerBatch, MaxCertificatesPerBatch);

    /// <summary>How many certificates wait that no thread has in hand, roughly: some that have changed may be told twice.</summary>
    private int CountUntaken() => Queue.ChangedCount > 0 ? Queue.ChangedCount : Math.Max(0, UnfinishedCount - _crew.InHand);

    private PresignBatch? Take(SigningCrew<PresignBatch>.Member member)
    {
        lock (_lock)
        {
            if (_disposed || !_crew.IsCurrent(member) || issuer.Identity is not { } identity)
            {
                return null;
            }

            DateTimeOffset now = timeProvider.GetUtcNow();
            if (!issuer.SourceState.TryGetFreshReading(now, out SourceReading reading)
                || Queue.Take(GetBatchSize(identity), now, in reading) is not { Count: > 0 } batch)
            {
                return null;
            }

            _crew.Take(member, batch, batch.Count);
            return batch;
        }
    }

    /// <summary>Puts back what could not be signed.</summary>
    /// <returns><see langword="false"/> when the thread was written off: that was done for it then.</returns>
    private bool TryFinish(SigningCrew<PresignBatch>.Member member, PresignBatch batch)
    {
        if (member.Thread.IsWrittenOff)
        {
            return false;
        }

        lock (_lock)
        {
            batch.GiveBack(Queue);
            _crew.Finish(member);
        }

        issuer.Audit(batch);
        return true;
    }

    /// <summary>Signs what can be signed now.</summary>
    /// <returns>Whether there is any use in going on.</returns>
    private bool SignBatch(SigningCrew<PresignBatch>.Member member, PresignBatch batch)
    {
        try
        {
            if (!issuer.TryBeginBatch(out ResponderIdentity identity, out SigningBatch signing))
            {
                return false;
            }

            batch.Begin(identity, signing);
            var work = new LongWork(itemsToALook: 1);
            long begunAt = timeProvider.GetTimestamp();
            Span<byte> signatures = new byte[issuer.Prepared.ReplyCount * signing.SignatureForm.Length];
            while (!_disposed && batch.TryGetNext(out uint slot, out Changed? changed) && timeProvider.GetElapsedTime(begunAt) < s_longestBatch)
            {
                DateTimeOffset now = timeProvider.GetUtcNow();
                if (!TryFind(slot, now, out SerialNumber serial, out CertificateRecord record) || changed?.IsOver(in record) == true)
                {
                    batch.Drop();
                }
                else if (record.Change > signing.LastChange || record.Batch?.IsDue(now, now + issuer.Foresight, signing.Reading) == false)
                {
                    batch.Keep(); // changed after the batch began; or not due any more, and the next search for its batch is to find it
                }
                else if (!TrySign(member.Thread, batch, in serial, in record, signatures))
                {
                    return false; // written off: the batch is another's now
                }
                else if (issuer.Table.TryPublish(record.Place, signing, signatures))
                {
                    batch.Drop();
                    NoteSuccess(member, changed?.At);
                }
                else
                {
                    Queue.GiveBack([slot]); // changed meanwhile, or signed by an earlier signer: whoever takes it next finds out
                    batch.Drop();
                }

                work.Next();
            }

            return batch.IsWorthwhile;
        }
#pragma warning disable CA1031 // Do not catch general exception types: a signer is foreign code, and its faults must not end the process
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (!member.Thread.IsWrittenOff)
            {
                Pause();
                if (e is not SigningException { IsOverload: true }) // else the signer has enough to do, and this waits
                {
                    issuer.SigningFailed(e);
                }
            }
        }

        return false;
    }

    /// <summary>Reads what is to be signed. What has expired is set aside: its batch would be due, and looked for, for ever.</summary>
    private bool TryFind(uint slot, DateTimeOffset now, out SerialNumber serial, out CertificateRecord record)
    {
        if (!issuer.Table.TryRead(slot, out serial, out record))
        {
            return false;
        }

        if (record.HasExpired(now))
        {
            issuer.Table.SetAside(record.Place);
            NoteSetAside(now); // only then: what is set aside after a recall is for the next one
            return false;
        }

        return true;
    }

    /// <summary>The table comes from a snapshot: what was set aside there may only have seemed to have expired.</summary>
    public void NoteRestored()
    {
        lock (_lock)
        {
            _setAsideAt = long.MaxValue;
        }
    }

    private void NoteSetAside(DateTimeOffset at)
    {
        lock (_lock)
        {
            _setAsideAt = Math.Max(_setAsideAt, at.UtcTicks);
        }
    }

    /// <summary>Whether something was set aside by a clock that was set back since.</summary>
    private bool TryNoteSetBack(DateTimeOffset now)
    {
        lock (_lock)
        {
            bool isSetBack = now.UtcTicks < _setAsideAt;
            _setAsideAt = Math.Min(_setAsideAt, now.UtcTicks);
            return isSetBack;
        }
    }

    private void NoteSuccess(SigningCrew<PresignBatch>.Member member, long? changedAt)
    {
        if (_crew.IsCurrent(member))
        {
            Volatile.Write(ref _lastSignature, timeProvider.GetTimestamp());
        }

        issuer.SigningSucceeded(changedAt);
    }

    /// <summary>
    /// Signs the prepared answers of one certificate; <see langword="false"/> when the thread was written off meanwhile.
    /// Architecture rule 7: the first of a batch is verified as a client would, of the others the signature of one in so many.
    /// </summary>
    [SkipLocalsInit]
    private bool TrySign(SigningThread thread, PresignBatch batch, in SerialNumber serial, in CertificateRecord record, Span<byte> signatures)
    {
        SigningBatch signing = batch.Signing!;
        Span<byte> serialBytes = stackalloc byte[SerialNumber.MaxLength];
        serialBytes = serialBytes[..serial.CopyTo(serialBytes)];
        Span<byte> reply = stackalloc byte[OcspResponder.MaxReplyLength];
        Span<byte> signature = stackalloc byte[ResponderIdentity.MaxSignatureLength];
        int signedBefore = batch.SignatureCount;
        for (int index = 0; index < issuer.Prepared.ReplyCount; index++)
        {
            SingleResponses singles = issuer.Prepared.CreateSingles(index, serialBytes, record.Status);
            int length = signing.Template.WriteToBeSigned(reply, singles);
            if (!issuer.TrySign(thread, batch.Identity!, reply[..length], signature, s_signTimeout, SigningPriority.Batch, out int signatureLength))
            {
                return false;
            }

            batch.SignatureCount++;
            Span<byte> stored = signatures.Slice(index * signing.SignatureForm.Length, signing.SignatureForm.Length);
            if (!signing.SignatureForm.TryStore(signature[..signatureLength], stored))
            {
                throw new SigningException($"A signature by '{batch.Identity!.Subject}' is not as long as those of its key are. It is thrown away.");
            }

            if (signedBefore == 0)
            {
                issuer.Verify(reply[..signing.Template.Write(reply, singles, signature[..signing.SignatureForm.Restore(stored, signature)])]);
            }
            else if (signedBefore / issuer.Prepared.ReplyCount % ServedIssuer.VerifiedShare == 0)
            {
                batch.Identity!.Verify(reply[..length], signature[..signatureLength]);
            }
        }

        return true;
    }

    private void Pause() => Volatile.Write(ref _pausedUntil, timeProvider.GetTimestamp() + timeProvider.TimestampFrequency);
}
