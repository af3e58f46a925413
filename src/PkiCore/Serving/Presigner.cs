using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using PkiCore.Ocsp;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Serving;

/// <summary>
/// Signs the answers of one issuer ahead of the requests. It has threads of its own, as many as the signer can use, and only while
/// there is something to sign: signing blocks.
/// </summary>
internal sealed class Presigner(ServedIssuer issuer, TimeProvider timeProvider, ResponderMetrics metrics, ILogger logger) : IDisposable
{
    private const int RecordsPerBatch = 1024;

    /// <summary>DESIGN rule 7: of the replies of a batch, the first and one in so many are verified before use.</summary>
    private const int VerifiedShare = 64;

    private static readonly TimeSpan s_signTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _starting = new();
    private int _running;
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
            int wanted = Math.Min(identity.Parallelism, (Queue.Count + RecordsPerBatch - 1) / RecordsPerBatch);
            for (; _running < wanted; _running++)
            {
                new Thread(Work) { IsBackground = true, Name = "PkiCore presigner" }.Start();
            }
        }
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

    private void Work()
    {
        try
        {
            var serials = new List<SerialNumber>(RecordsPerBatch);
            while (!_disposed)
            {
                serials.Clear();
                PresignPriority priority = Queue.TakeTo(serials, RecordsPerBatch);
                if (serials.Count == 0)
                {
                    break;
                }

                int done = SignBatch(serials);
                for (int i = done; i < serials.Count; i++)
                {
                    Queue.Add(serials[i], priority);
                }

                if (done < serials.Count)
                {
                    return; // the next tick or batch of the source goes on
                }
            }
        }
        finally
        {
            lock (_starting)
            {
                _running--;
            }
        }

        Wake(); // for what was queued after this thread had looked and before it was counted out
    }

    /// <returns>How many of the certificates are dealt with.</returns>
    private int SignBatch(List<SerialNumber> serials)
    {
        int done = 0;
        if (!issuer.TryBeginBatch(out ResponderIdentity identity, out SigningBatch batch))
        {
            return done;
        }

        try
        {
            int signed = 0;
            for (; done < serials.Count && !_disposed; done++)
            {
                SerialNumber serial = serials[done];
                if (!issuer.Table.TryRead(in serial, out CertificateRecord record) || !IsDue(record))
                {
                    continue;
                }

                if (record.ChangedAt > batch.ReadAt)
                {
                    return done; // changed after the batch began, or by a reading that was not complete
                }

                issuer.Table.TryPublish(in serial, record.Version, batch, Sign(identity, batch, serial, record, verify: signed++ % VerifiedShare == 0));
            }

            issuer.SignerProblem = null;
        }
#pragma warning disable CA1031 // Do not catch general exception types: a signer is foreign code, and its faults must not end the process
        catch (Exception e)
#pragma warning restore CA1031
        {
            Pause();
            issuer.SignerProblem = e.Message;
            metrics.SigningFailed();
            Log.SigningFailed(logger, issuer.Issuer.Name, e);
        }

        return done;
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
        Span<byte> toBeSigned = stackalloc byte[1024 + SingleResponse.MaxLength];
        Span<byte> signature = stackalloc byte[ResponderIdentity.MaxSignatureLength];
        byte[][] signatures = new byte[issuer.PreparedCount][];
        for (int index = 0; index < signatures.Length; index++)
        {
            SingleResponse single = issuer.CreateSingle(index, serialBytes, record.Status);
            int length = batch.Template.WriteToBeSigned(toBeSigned, single);
            int signatureLength = identity.Sign(toBeSigned[..length], signature, s_signTimeout);
            signatures[index] = signature[..signatureLength].ToArray();
            metrics.SignedAhead();
            if (verify)
            {
                Verify(batch, single, signatures[index]);
            }
        }

        return signatures;
    }

    private void Verify(SigningBatch batch, SingleResponse single, ReadOnlySpan<byte> signature)
    {
        Span<byte> reply = new byte[OcspResponder.MaxReplyLength];
        OcspResponse? response = OcspResponse.Parse(reply[..batch.Template.Write(reply, single, signature)]);
        OcspVerificationResult? result = response is null ? null : OcspResponseVerifier.Verify(response, issuer.Issuer, timeProvider.GetUtcNow());
        if (result != OcspVerificationResult.Valid)
        {
            throw new SigningException($"A reply did not pass verification before use: {result?.ToString() ?? "it is not well-formed"}. Nothing of this batch is signed any further.");
        }
    }

    private void Pause() => Volatile.Write(ref _pausedUntil, timeProvider.GetTimestamp() + timeProvider.TimestampFrequency);
}
