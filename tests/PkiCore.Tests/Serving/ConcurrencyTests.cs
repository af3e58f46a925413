using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Status;
using PkiCore.X509;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>Readers beside writers: no torn record, no old answer (DESIGN rules 4 and 5).</summary>
public sealed class ConcurrencyTests
{
    private const int Rounds = 20_000;

    [Fact]
    public async Task A_record_is_never_read_half_changed()
    {
        var table = new CertificateTable();
        Assert.True(SerialNumber.TryParse("01", out SerialNumber serial));
        using var done = new CancellationTokenSource();
        Task<int>[] readers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() => ReadAll(table, serial, done.Token), TestContext.Current.CancellationToken))];

        // The length and every byte of the signatures say which version they belong to, and so does the time of revocation.
        for (int i = 0; i < Rounds; i++)
        {
            var status = new CertificateStatus(DateTimeOffset.UnixEpoch.AddSeconds(i), System.Security.Cryptography.X509Certificates.X509RevocationReason.CertificateHold);
            table.Apply(new StatusChange(serial, status, TestAuthority.End), i, 0);
            Assert.True(table.TryRead(in serial, out CertificateRecord record));
            byte[] signature = new byte[1 + (i % 60)];
            signature.AsSpan().Fill((byte)i);
            Assert.True(table.TryPublish(in serial, record.Version, NewBatch(), signature, signature));
        }

        await done.CancelAsync();
        Assert.All(await Task.WhenAll(readers), count => Assert.True(count > 0));
        Assert.Equal((1, 1, 0), (table.Count, table.RevokedCount, table.UnsignedCount));
        Assert.Equal(1, table.FindOldestBatch()!.RecordCount);
    }

    [Fact]
    public async Task Of_racing_publishers_the_latest_batch_stays()
    {
        var table = new CertificateTable();
        Assert.True(SerialNumber.TryParse("01", out SerialNumber serial));
        table.Apply(new StatusChange(serial, CertificateStatus.Good, TestAuthority.End), 0, 0);
        Assert.True(table.TryRead(in serial, out CertificateRecord record));
        SigningBatch[] batches = [.. Enumerable.Range(0, 2000).Select(_ => NewBatch())];

        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (int i = worker; i < batches.Length; i += 4)
            {
                table.TryPublish(in serial, record.Version, batches[i], [(byte)i]);
            }
        })));

        Assert.True(table.TryRead(in serial, out CertificateRecord last));
        Assert.Same(batches[^1], last.Batch);
        Assert.Equal(1, batches.Sum(batch => batch.RecordCount));
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
            if (!table.TryRead(in serial, count % 2, buffer, out CertificateRecord record) || record.Batch is null)
            {
                continue;
            }

            long i = record.Status.RevocationTime!.Value.ToUnixTimeSeconds();
            Assert.Equal(1 + (i % 60), record.SignatureLength);
            Assert.Equal(-1, buffer.AsSpan(0, record.SignatureLength).IndexOfAnyExcept((byte)i));
            Assert.Equal(i, record.ChangedAt);
            count++;
        }

        return count;
    }

    private static SigningBatch NewBatch()
    {
        DateTimeOffset now = DateTimeOffset.UnixEpoch;
        return new SigningBatch(new OcspResponseTemplate([], now, now, now, SignatureAlgorithm.EcdsaWithSha256, null), now, 0, 0, now, now.AddDays(4), now.AddDays(2));
    }
}
