using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Serving.Storage;
using PkiCore.Status;
using PkiCore.X509;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>Readers beside writers: no torn record, no old answer (DESIGN rules 4 and 5).</summary>
public sealed class ConcurrencyTests
{
    private const int Rounds = 20_000;
    private const int SignatureLength = 64;

    [Fact]
    public async Task A_record_is_never_read_half_changed()
    {
        var table = new CertificateTable(signatureCount: 2);
        Assert.True(SerialNumber.TryParse("01", out SerialNumber serial));
        using var done = new CancellationTokenSource();
        Task<int>[] readers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() => ReadAll(table, serial, done.Token), TestContext.Current.CancellationToken))];

        // Every byte of the signatures says which status they belong to.
        for (int i = 0; i < Rounds; i++)
        {
            var status = new CertificateStatus(DateTimeOffset.UnixEpoch.AddSeconds(i), System.Security.Cryptography.X509Certificates.X509RevocationReason.CertificateHold);
            table.Apply(new StatusChange(serial, status, TestAuthority.End), out _);
            Assert.True(table.TryRead(in serial, out CertificateRecord record));
            byte[] signatures = new byte[2 * SignatureLength];
            signatures.AsSpan().Fill((byte)i);
            Assert.True(table.TryPublish(record.Place, NewBatch(), signatures));
        }

        await done.CancelAsync();
        Assert.All(await Task.WhenAll(readers), count => Assert.True(count > 0));
        Assert.Equal((1, 1, 0), (table.Count, table.RevokedCount, table.WaitingCount));
        Assert.Equal(1, table.CountUsable(DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public async Task Of_racing_publishers_the_latest_batch_stays()
    {
        var table = new CertificateTable(signatureCount: 2);
        Assert.True(SerialNumber.TryParse("01", out SerialNumber serial));
        table.Apply(new StatusChange(serial, CertificateStatus.Good, TestAuthority.End), out _);
        SigningBatch[] batches = [.. Enumerable.Range(0, 2000).Select(_ => NewBatch())];

        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (int i = worker; i < batches.Length; i += 4)
            {
                bool isPublished = false;
                while (!isPublished && table.TryRead(in serial, out CertificateRecord record) && !(record.Batch?.Number > batches[i].Number))
                {
                    isPublished = table.TryPublish(record.Place, batches[i], new byte[2 * SignatureLength]);
                }
            }
        })));

        Assert.True(table.TryRead(in serial, out CertificateRecord last));
        Assert.Same(batches[^1], last.Batch);
        Assert.Equal(1, table.CountUsable(DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public async Task Once_a_revocation_is_applied_nobody_gets_good()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        long released = 0; // odd while the certificate is on hold
        using var done = new CancellationTokenSource();
        Task<int>[] clients = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() => AskAsync(rig, () => Volatile.Read(ref released), done.Token), TestContext.Current.CancellationToken))];

        for (int i = 0; i < 60; i++)
        {
            await rig.DeliverChangesAsync(Held("01"));
            Interlocked.Increment(ref released);
            rig.WaitUntilPrepared(Held("01"));
            Interlocked.Increment(ref released);
            await rig.DeliverChangesAsync(Good("01"));
            rig.WaitUntilPrepared(Good("01"));
        }

        await done.CancelAsync();
        Assert.All(await Task.WhenAll(clients), count => Assert.True(count > 0));
    }

    private static async Task<int> AskAsync(TestRig rig, Func<long> phase, CancellationToken done)
    {
        int count = 0;
        for (; !done.IsCancellationRequested; count++)
        {
            long before = phase();
            Reply reply = await rig.AskAsync("01");
            bool wasHeldThroughout = before % 2 == 1 && phase() == before;
            Assert.True(!wasHeldThroughout || reply.Outcome == OcspOutcome.Revoked, $"{reply.Outcome} during a hold");
            Assert.True(reply.Outcome is OcspOutcome.Good or OcspOutcome.Revoked or OcspOutcome.TryLater);
        }

        return count;
    }

    private static int ReadAll(CertificateTable table, SerialNumber serial, CancellationToken done)
    {
        int count = 0;
        byte[] buffer = new byte[ResponderIdentity.MaxSignatureLength];
        while (!done.IsCancellationRequested || count == 0)
        {
            if (!table.TryRead(table.BeginRead(serial), count % 2, buffer, out CertificateRecord record) || record.Batch is null)
            {
                continue;
            }

            long i = record.Status.RevocationTime!.Value.ToUnixTimeSeconds();
            Assert.Equal(SignatureLength, record.SignatureLength);
            Assert.Equal(-1, buffer.AsSpan(0, record.SignatureLength).IndexOfAnyExcept((byte)i));
            count++;
        }

        return count;
    }

    private static SigningBatch NewBatch()
    {
        DateTimeOffset now = DateTimeOffset.UnixEpoch;
        return new SigningBatch(SigningBatch.NextNumber(), new OcspResponseTemplate([], now, now, now, SignatureAlgorithm.EcdsaWithSha256, []), new StoredSignature(SignatureLength, IsPair: true), 0, now, now, now.AddDays(4), now.AddDays(2));
    }
}
