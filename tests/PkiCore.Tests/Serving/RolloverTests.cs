using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>Another signer, with and without load.</summary>
public sealed class RolloverTests
{
    [Fact]
    [Requirement("T-26")]
    public async Task What_the_old_signer_signed_is_served_until_it_is_due()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        byte[] before = rig.Answer("01").Bytes;
        using DotNetSigner next = rig.Authority.CreateSigner();

        rig.Responder.SetSigner(rig.Authority.Issuer, next);
        await rig.DeliverChangesAsync(Good("02"));
        rig.WaitUntilPrepared(Good("02"));

        Assert.Equal(before, rig.Answer("01").Bytes);
        Assert.Equal(rig.Signer.Certificate.RawData, rig.Answer("01").Response.Certificates[0].ToArray());
        Assert.Equal(next.Certificate.RawData, rig.Answer("02").Response.Certificates[0].ToArray());
        Assert.Equal(next.Certificate.RawData, (await rig.SignAsync(rig.Request("01"))).Response.Certificates[0].ToArray());
        rig.Verify(rig.Answer("01"));
        rig.Verify(rig.Answer("02"));
    }

    [Fact]
    public async Task A_signer_that_must_not_sign_leaves_the_old_one_in_use()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        using var other = new TestAuthority("CN=Another CA");
        using DotNetSigner wrong = other.CreateSigner();

        Assert.Throws<SigningException>(() => rig.Responder.SetSigner(rig.Authority.Issuer, wrong));
        Assert.Throws<ArgumentException>(() => rig.Responder.SetSigner(other.Issuer, wrong));

        Assert.Equal(OcspOutcome.Good, (await rig.SignAsync(rig.Request("01"))).Outcome);
        Assert.Empty(rig.Health.Problems);
    }

    [Fact]
    [Requirement("T-26")]
    public async Task Under_load_no_request_is_dropped_and_every_reply_verifies()
    {
        const int signers = 12;
        int issued = 50;
        StatusChange[] certificates = [.. Enumerable.Range(1, 50).Select(i => Good(i.ToString("X4", null)))];
        await using TestRig rig = await StartPreparedAsync(new TestRig(new OcspResponderOptions { Nonce = NoncePolicy.Sign }), certificates);
        using var done = new CancellationTokenSource();
        Task<int>[] clients = [.. Enumerable.Range(0, 3).Select(client => Task.Run(() => AskAsync(rig, client, () => Volatile.Read(ref issued), done.Token), TestContext.Current.CancellationToken))];
        var kept = new List<DotNetSigner>();

        for (int i = 0; i < signers; i++)
        {
            kept.Add(rig.Authority.CreateSigner());
            rig.Responder.SetSigner(rig.Authority.Issuer, kept[^1]);
            StatusChange[] others = [.. Enumerable.Range((50 * (i + 1)) + 1, 50).Select(number => Good(number.ToString("X4", null)))];
            await rig.DeliverChangesAsync(others);
            Volatile.Write(ref issued, 50 * (i + 2));
            rig.WaitUntilPrepared(others);
        }

        await done.CancelAsync();
        Assert.All(await Task.WhenAll(clients), count => Assert.True(count > 0));
        kept.ForEach(signer => signer.Dispose());
    }

    private static async Task<int> AskAsync(TestRig rig, int client, Func<int> getIssued, CancellationToken done)
    {
        int count = 0;
        for (; count == 0 || !done.IsCancellationRequested; count++)
        {
            string serial = ((count % getIssued()) + 1).ToString("X4", null);
            byte[] request = client == 0 ? new TestRequest().Add(rig.Authority.Issuer, serial).WithNonce([1, 2, 3, 4, 5, 6, 7, 8]).Encode() : rig.Request(serial);
            Reply reply = await rig.AskAsync(request); // verifies it
            Assert.Equal(OcspOutcome.Good, reply.Outcome);
        }

        return count;
    }
}
