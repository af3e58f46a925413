using System.Runtime.CompilerServices;
using PkiCore.Ocsp;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Serving;

/// <summary>
/// Signs the answers of one issuer ahead of the requests. It has threads of its own, as many as the signer can use, and only while
/// there is something to sign: signing blocks.
/// </summary>
internal sealed class Presigner(ServedIssuer issuer, TimeProvider timeProvider, ResponderMetrics metrics) : IDisposable
{
    private const int RecordsPerBatch = 1024;

    private static readonly TimeSpan s_signTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _starting = new();
    private volatile Crew _crew = new(0);
    private long _pausedUntil;
    private volatile bool _disposed;

    /// <summary>What is to be signed.</summary>
    public PresignQueue Queue { get; } = new();

    /// <summary>Looks for answers that are getting old, and goes on with what could not be signed before. Called every second or so.</summary>
    public void Tick(DateTimeOffset now)
    {
        // After the clock was set back, it is the newest batch that is in the future.
        bool isDue = issuer.Table.FindOldestBatch()?.IsDue(now) == true || issuer.Table.FindNewestBatch()?.ProducedAt > now;
        if (isDue && !Queue.HasRefreshes)
        {
            Refresh(now);
        }

        Wake();
    }

    /// <summary>How many certificates wait for their signatures, in the queue or with a thread.</summary>
    public int UnfinishedCount => Queue.Count + Volatile.Read(ref _crew.InHand);

    /// <summary>How long the signer has owed a signature, when that is longer than it may.</summary>
    public TimeSpan? OverdueFor
    {
        get
        {
            Crew crew = _crew;
            TimeSpan idle = timeProvider.GetElapsedTime(Volatile.Read(ref crew.LastSignature));
            return Volatile.Read(ref crew.Running) > 0 && idle > s_signTimeout ? idle : null;
        }
    }

    /// <summary>Starts threads if there is work that can be done now.</summary>
    public void Wake()
    {
        if (_disposed || Queue.Count == 0 || issuer.Identity is not { } identity || timeProvider.GetTimestamp() < Volatile.Read(ref _pausedUntil)
            || !issuer.SourceState.TryGetFreshWatermark(timeProvider.GetUtcNow(), out _, out _))
        {
            return;
        }

        lock (_starting)
        {
            Crew crew = _crew;
            int wanted = Math.Min(identity.Parallelism, (Queue.Count + RecordsPerBatch - 1) / RecordsPerBatch);
            if (crew.Running == 0)
            {
                crew.LastSignature = timeProvider.GetTimestamp();
            }

            while (crew.Running < wanted && BackgroundThread.TryStart("PkiCore presigner", () => Work(crew)))
            {
                crew.Running++;
            }
        }
    }

    /// <summary>After the signer was replaced: threads that are stuck in the one before no longer count, and what they were at is queued again.</summary>
    public void Renew()
    {
        bool wereBusy;
        lock (_starting)
        {
            wereBusy = _crew.Running > 0;
            _crew = new Crew(timeProvider.GetTimestamp());
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

    private void Work(Crew crew)
    {
        bool mayGoOn = true;
        long readAt = 0;
        var serials = new List<SerialNumber>(RecordsPerBatch);
        while (mayGoOn && !_disposed && crew == _crew)
        {
            serials.Clear();
            Interlocked.Add(ref crew.InHand, RecordsPerBatch); // at first too many, so that what is taken is never missing from the count
            PresignPriority priority = Queue.TakeTo(serials, RecordsPerBatch);
            int taken = serials.Count;
            Interlocked.Add(ref crew.InHand, taken - RecordsPerBatch);
            if (taken == 0)
            {
                break;
            }

            readAt = SignBatch(crew, serials);
            serials.ForEach(left => Queue.Add(left, priority));
            Interlocked.Add(ref crew.InHand, -taken);
            mayGoOn = serials.Count == 0;
        }

        lock (_starting)
        {
            crew.Running--;
        }

        // What was queued, or read, after this thread had looked and before it was counted out. For the rest the next tick or reading will do.
        if (mayGoOn || (issuer.SourceState.TryGetFreshWatermark(timeProvider.GetUtcNow(), out _, out long latest) && latest > readAt))
        {
            Wake();
        }
    }

    /// <summary>Signs what can be signed now, and leaves the others in the list.</summary>
    /// <returns>The reading that the batch relied on: a later one is worth another try. The highest number when there was no batch at all.</returns>
    private long SignBatch(Crew crew, List<SerialNumber> serials)
    {
        long readAt = long.MaxValue;
        int done = 0;
        int kept = 0;
        try
        {
            if (!issuer.TryBeginBatch(out ResponderIdentity identity, out SigningBatch batch))
            {
                return readAt;
            }

            readAt = batch.ReadAt;
            int signed = 0;
            for (; done < serials.Count && !_disposed; done++)
            {
                SerialNumber serial = serials[done];
                if (!issuer.Table.TryRead(in serial, out CertificateRecord record) || !IsDue(record))
                {
                    continue;
                }

                if (record.ChangedAt > readAt || record.Version > batch.TableVersion)
                {
                    serials[kept++] = serial; // changed after the batch began, or by a reading that was not complete
                    continue;
                }

                issuer.Table.TryPublish(in serial, record.Version, batch, Sign(identity, batch, serial, record, verify: signed++ % ServedIssuer.VerifiedShare == 0));
                Volatile.Write(ref crew.LastSignature, timeProvider.GetTimestamp());
                issuer.SigningSucceeded();
            }
        }
#pragma warning disable CA1031 // Do not catch general exception types: a signer is foreign code, and its faults must not end the process
        catch (Exception e)
#pragma warning restore CA1031
        {
            Pause();
            issuer.SigningFailed(e);
        }

        serials.RemoveRange(kept, done - kept);
        return readAt;
    }

    private bool IsDue(CertificateRecord record)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        return record.NotAfter >= now && record.Batch?.IsDue(now) != false;
    }

    /// <summary>Signs the prepared answers of one certificate, one for each CertID hash.</summary>
    [SkipLocalsInit]
    private byte[][] Sign(ResponderIdentity identity, SigningBatch batch, SerialNumber serial, CertificateRecord record, bool verify)
    {
        Span<byte> serialBytes = stackalloc byte[SerialNumber.MaxLength];
        serialBytes = serialBytes[..serial.CopyTo(serialBytes)];
        Span<byte> reply = stackalloc byte[OcspResponder.MaxReplyLength];
        Span<byte> signature = stackalloc byte[ResponderIdentity.MaxSignatureLength];
        byte[][] signatures = new byte[issuer.PreparedCount][];
        for (int index = 0; index < signatures.Length; index++)
        {
            SingleResponse single = issuer.CreateSingle(index, serialBytes, record.Status);
            int length = batch.Template.WriteToBeSigned(reply, single);
            int signatureLength = identity.Sign(reply[..length], signature, s_signTimeout, SigningPriority.Batch);
            signatures[index] = signature[..signatureLength].ToArray();
            metrics.SignedAhead();
            if (verify)
            {
                issuer.Verify(reply[..batch.Template.Write(reply, single, signatures[index])]);
            }
        }

        return signatures;
    }

    private void Pause() => Volatile.Write(ref _pausedUntil, timeProvider.GetTimestamp() + timeProvider.TimestampFrequency);

    /// <summary>The threads that sign with one signer.</summary>
    private sealed class Crew(long startedAt)
    {
        /// <summary>When the last signature was made, or the first thread started.</summary>
        public long LastSignature = startedAt;

        public int Running;

        /// <summary>How many certificates its threads have taken and not finished.</summary>
        public int InHand;
    }
}
