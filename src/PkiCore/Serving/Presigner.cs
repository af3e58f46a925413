using System.Runtime.CompilerServices;
using PkiCore.Ocsp;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Serving;

/// <summary>
/// Signs the answers of one issuer ahead of the requests. It has threads of its own, as many as the signer can use, and only while
/// there is something to sign: signing blocks.
/// </summary>
internal sealed class Presigner(ServedIssuer issuer, TimeProvider timeProvider) : IDisposable
{
    private const int MaxCertificatesPerBatch = 1024;

    /// <summary>So few are not worth a thread of their own, even when each signature takes long.</summary>
    private const int MinCertificatesPerBatch = 16;

    /// <summary>How long a signer has for a signature; a thread that it keeps longer is written off.</summary>
    private static readonly TimeSpan s_signTimeout = TimeSpan.FromSeconds(5);

    /// <summary>When it is a problem: a second thread has tried by then.</summary>
    private static readonly TimeSpan s_overdueAfter = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly SigningCrew<PresignBatch> _crew = new("PkiCore presigner");
    private long _lastSignature; // of the present signer; or when the first thread started
    private long _pausedUntil;
    private volatile bool _disposed;

    /// <summary>What is to be signed.</summary>
    public PresignQueue Queue { get; } = new();

    /// <summary>Looks after threads that are stuck and answers that are getting old, and goes on with what could not be signed before. Called every
    /// second or so.</summary>
    public void Tick(DateTimeOffset now)
    {
        WriteOffStuck();

        // After the clock was set back, it is the newest batch that is in the future.
        bool isDue = issuer.Table.FindOldestBatch()?.IsDue(now) == true || issuer.Table.FindNewestBatch()?.ProducedAt > now;
        if (isDue && !Queue.HasRefreshes)
        {
            Refresh(now);
        }

        Wake();
    }

    /// <summary>How many certificates wait for their signatures, in the queue or with a thread.</summary>
    public int UnfinishedCount
    {
        get
        {
            lock (_lock)
            {
                return Queue.Count + _crew.InHand;
            }
        }
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
                bool isOwed = _crew.Running > 0 || (issuer.Identity is { } identity && _crew.IsSpent(identity.Parallelism) && Queue.Count > 0);
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
        bool wereBusy;
        lock (_lock)
        {
            wereBusy = _crew.Running > 0;
            _crew.Renew();
            Volatile.Write(ref _lastSignature, timeProvider.GetTimestamp());
            Volatile.Write(ref _pausedUntil, timeProvider.GetTimestamp());
        }

        DateTimeOffset now = timeProvider.GetUtcNow();
        foreach ((SerialNumber serial, CertificateRecord record) in wereBusy ? issuer.Table.ReadAll() : [])
        {
            if (record.Batch is null && record.NotAfter >= now)
            {
                Queue.Add(serial, PresignPriority.New);
            }
        }

        Wake();
    }

    /// <summary>Lets running threads end after the signature they are at.</summary>
    public void Dispose() => _disposed = true;

    /// <param name="replaces">The threads are for those that were written off: the signer owes no less for that.</param>
    private void Wake(bool replaces)
    {
        if (_disposed || Queue.Count == 0 || issuer.Identity is not { } identity || timeProvider.GetTimestamp() < Volatile.Read(ref _pausedUntil)
            || !issuer.SourceState.TryGetFreshWatermark(timeProvider.GetUtcNow(), out _, out _))
        {
            return;
        }

        lock (_lock)
        {
            bool wasIdle = _crew.Running == 0 && !replaces;
            _crew.Start((Queue.Count + GetBatchSize(identity) - 1) / GetBatchSize(identity), identity.Parallelism, Work);
            if (wasIdle && _crew.Running > 0)
            {
                Volatile.Write(ref _lastSignature, timeProvider.GetTimestamp());
            }
        }
    }

    private void WriteOffStuck()
    {
        IReadOnlyList<PresignBatch> abandoned;
        lock (_lock)
        {
            abandoned = _crew.WriteOffAll(timeProvider.GetTimestamp() - (long)(s_signTimeout.TotalSeconds * timeProvider.TimestampFrequency));
            foreach (PresignBatch batch in abandoned)
            {
                batch.Requeue(Queue);
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

    private void Refresh(DateTimeOffset now)
    {
        foreach ((SerialNumber serial, CertificateRecord record) in issuer.Table.ReadAll())
        {
            if (record.Batch?.IsDue(now) != true)
            {
                continue;
            }

            if (record.NotAfter >= now)
            {
                Queue.Add(serial, PresignPriority.Refresh);
            }
            else
            {
                issuer.Table.RemoveSignatures(in serial, record.Version); // else its batch would be due, and looked for, for ever
            }
        }
    }

    private void Work(SigningCrew<PresignBatch>.Member member)
    {
        bool mayGoOn = true;
        long readAt = 0;
        while (mayGoOn && Take(member) is { } batch)
        {
            readAt = SignBatch(member, batch);
            mayGoOn = TryFinish(member, batch) && batch.IsDone;
        }

        lock (_lock)
        {
            _crew.Leave(member);
        }

        // What was queued, or read, after this thread had looked and before it was counted out; or what its place was needed for. For the rest the
        // next tick or reading will do.
        if (mayGoOn || member.Thread.IsWrittenOff || (issuer.SourceState.TryGetFreshWatermark(timeProvider.GetUtcNow(), out _, out long latest) && latest > readAt))
        {
            Wake();
        }
    }

    /// <summary>Large batches have few templates and ETags; but a device that signs for many callers at once is to have many callers.</summary>
    private int GetBatchSize(ResponderIdentity identity) => Math.Clamp(Queue.Count / identity.Parallelism, MinCertificatesPerBatch, MaxCertificatesPerBatch);

    private PresignBatch? Take(SigningCrew<PresignBatch>.Member member)
    {
        lock (_lock)
        {
            if (_disposed || !_crew.IsCurrent(member) || issuer.Identity is not { } identity)
            {
                return null;
            }

            var batch = PresignBatch.Take(Queue, GetBatchSize(identity));
            if (batch.Count == 0)
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
            batch.Requeue(Queue);
            _crew.Finish(member);
        }

        issuer.Audit(batch);
        return true;
    }

    /// <summary>Signs what can be signed now.</summary>
    /// <returns>The reading that the batch relied on: a later one is worth another try. The highest number when there was no batch at all.</returns>
    private long SignBatch(SigningCrew<PresignBatch>.Member member, PresignBatch batch)
    {
        long readAt = long.MaxValue;
        try
        {
            if (!issuer.TryBeginBatch(out ResponderIdentity identity, out SigningBatch signing))
            {
                return readAt;
            }

            readAt = signing.ReadAt;
            batch.Begin(identity, signing);
            int signed = 0;
            while (!_disposed && batch.TryGetNext(out SerialNumber serial))
            {
                if (!issuer.Table.TryRead(in serial, out CertificateRecord record) || !IsDue(record))
                {
                    batch.Drop();
                }
                else if (record.ChangedAt > readAt || record.Version > signing.TableVersion)
                {
                    batch.Keep(); // changed after the batch began, or by a reading that was not complete
                }
                else if (Sign(member.Thread, batch, serial, record, signed++) is { } signatures)
                {
                    issuer.Table.TryPublish(in serial, record.Version, signing, signatures);
                    batch.Drop();
                    NoteSuccess(member);
                }
                else
                {
                    return readAt; // written off: the batch is another's now
                }
            }
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

        return readAt;
    }

    private void NoteSuccess(SigningCrew<PresignBatch>.Member member)
    {
        if (_crew.IsCurrent(member))
        {
            Volatile.Write(ref _lastSignature, timeProvider.GetTimestamp());
        }

        issuer.SigningSucceeded();
    }

    private bool IsDue(CertificateRecord record)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        return record.NotAfter >= now && record.Batch?.IsDue(now) != false;
    }

    /// <summary>
    /// Signs the prepared answers of one certificate, one for each CertID hash; <see langword="null"/> when the thread was written off meanwhile.
    /// Architecture rule 7: the first of a batch is verified as a client would, of the others the signature of one in so many.
    /// </summary>
    [SkipLocalsInit]
    private byte[][]? Sign(SigningThread thread, PresignBatch batch, SerialNumber serial, CertificateRecord record, int signedBefore)
    {
        OcspResponseTemplate template = batch.Signing!.Template;
        Span<byte> serialBytes = stackalloc byte[SerialNumber.MaxLength];
        serialBytes = serialBytes[..serial.CopyTo(serialBytes)];
        Span<byte> reply = stackalloc byte[OcspResponder.MaxReplyLength];
        Span<byte> signature = stackalloc byte[ResponderIdentity.MaxSignatureLength];
        byte[][] signatures = new byte[issuer.PreparedCount][];
        for (int index = 0; index < signatures.Length; index++)
        {
            SingleResponse single = issuer.CreateSingle(index, serialBytes, record.Status);
            int length = template.WriteToBeSigned(reply, single);
            if (!issuer.TrySign(thread, batch.Identity!, reply[..length], signature, s_signTimeout, SigningPriority.Batch, out int signatureLength))
            {
                return null;
            }

            batch.SignatureCount++;
            signatures[index] = signature[..signatureLength].ToArray();
            if (signedBefore == 0)
            {
                issuer.Verify(reply[..template.Write(reply, single, signatures[index])]);
            }
            else if (signedBefore % ServedIssuer.VerifiedShare == 0)
            {
                batch.Identity!.Verify(reply[..length], signatures[index]);
            }
        }

        return signatures;
    }

    private void Pause() => Volatile.Write(ref _pausedUntil, timeProvider.GetTimestamp() + timeProvider.TimestampFrequency);
}
