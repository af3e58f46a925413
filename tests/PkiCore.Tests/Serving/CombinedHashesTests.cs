using System.Security.Cryptography;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>One reply with a SingleResponse for each prepared hash (RFC 9919 3.2.1).</summary>
[Requirement("RS-13")]
public sealed class CombinedHashesTests
{
    [Theory]
    [InlineData(CertIdHash.Sha1, CertIdHash.Sha256)]
    [InlineData(CertIdHash.Sha256, CertIdHash.Sha1)]
    public async Task Requests_by_either_hash_get_the_same_bytes_with_both_CertIDs_in_the_order_of_the_setting(CertIdHash first, CertIdHash second)
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(Combining(first, second)), Good("01"), Revoked("02"));
        foreach ((string serial, OcspOutcome outcome) in (ReadOnlySpan<(string, OcspOutcome)>)[("01", OcspOutcome.Good), ("02", OcspOutcome.Revoked)])
        {
            Reply reply = rig.Answer(rig.Request(serial, first));
            Assert.Equal(outcome, reply.Outcome);
            rig.Verify(reply);
            Assert.Equal(reply.Bytes, rig.Answer(rig.Request(serial, second)).Bytes);
            Assert.Equal([first, second], reply.Response.Responses.Select(single => single.Hash!.Value));
            Assert.All(reply.Response.Responses, single => AssertIsAbout(single, rig.Authority.Issuer, serial));
            Assert.All(reply.Response.Responses, single => Assert.Equal(outcome == OcspOutcome.Revoked, single.Status == OcspCertificateStatus.Revoked));
        }
    }

    [Fact]
    public async Task Every_certificate_has_one_signature()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(Combining(CertIdHash.Sha1, CertIdHash.Sha256)), Good("01"), Good("02"), Revoked("03"));

        Assert.Equal(3, rig.Signer.Calls);
    }

    [Fact]
    public async Task After_a_change_both_SingleResponses_are_revoked_and_the_batch_is_another()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(Combining(CertIdHash.Sha1, CertIdHash.Sha256)), Good("01"));
        SigningBatch before = rig.Answer("01").Answer.Batch!;

        await rig.DeliverChangesAsync(Revoked("01"));
        rig.WaitUntilPrepared(Revoked("01"));

        Reply reply = rig.Answer(rig.Request("01", CertIdHash.Sha1));
        Assert.NotSame(before, reply.Answer.Batch);
        Assert.All(reply.Response.Responses, single => Assert.Equal(OcspCertificateStatus.Revoked, single.Status));
    }

    [Fact]
    public async Task Hash_that_is_not_prepared_is_signed_live_and_alone()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(Combining(CertIdHash.Sha1, CertIdHash.Sha256)), Good("01"));

        Reply reply = await rig.AskAsync(rig.Request("01", CertIdHash.Sha384));

        Assert.Equal(CertIdHash.Sha384, reply.Single.Hash);
    }

    [Fact]
    public async Task Answering_allocates_nothing()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(Combining(CertIdHash.Sha1, CertIdHash.Sha256)), Good("01"), Revoked("02"));
        byte[] reply = new byte[rig.Responder.MaxResponseLength];
        foreach (byte[] request in (byte[][])[rig.Request("01", CertIdHash.Sha1), rig.Request("02")])
        {
            AllocationBudget.Assert("answer-hit", () => rig.Responder.Answer(request, reply));
        }
    }

    [Fact]
    public async Task Longest_reply_has_the_room_that_was_asked_for_at_start()
    {
        OcspResponderOptions options = Combining(Enum.GetValues<CertIdHash>());
        options.MaxCertificatesPerRequest = 1;
        await using var rig = new TestRig(options);
        using DotNetSigner signer = rig.Authority.CreateSigner(key: RSA.Create(4096));
        rig.Responder.SetSigner(rig.Authority.Issuer, signer);
        string serial = "FF" + new string('7', 38);
        var status = new CertificateStatus(rig.Now.AddDays(-1), System.Security.Cryptography.X509Certificates.X509RevocationReason.KeyCompromise, rig.Now.AddDays(-2));
        await StartPreparedAsync(rig, Revoked(serial) with { Status = status });

        Reply reply = rig.Answer(serial);

        Assert.Equal(5, reply.Response.Responses.Count);
        OcspResponseTemplate template = ResponderIdentity.Create(rig.Authority.Issuer, signer, options, rig.Now).CreateTemplate(rig.Now, rig.Now, rig.Now);
        Assert.Equal(5, options.MaxSingleResponses);
        Assert.InRange(reply.Bytes.Length, template.GetMaxLength(options.MaxCertificatesPerRequest, signer.MaxSignatureLength), template.GetMaxLength(options.MaxSingleResponses, signer.MaxSignatureLength));
    }

    private static OcspResponderOptions Combining(params CertIdHash[] hashes) => new() { PreparedHashes = hashes, CombineHashes = true };

    private static void AssertIsAbout(OcspSingleResponse single, Issuer issuer, string serial)
    {
        Assert.Equal(issuer.GetNameHash(single.Hash!.Value), single.IssuerNameHash.Span);
        Assert.Equal(issuer.GetKeyHash(single.Hash!.Value), single.IssuerKeyHash.Span);
        Assert.Equal(TestRequest.Contents(serial), single.SerialNumber.ToArray());
    }
}
