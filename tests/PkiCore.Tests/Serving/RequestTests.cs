using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>Which requests get which answer.</summary>
public sealed class RequestTests
{
    private const string Sha256Oid = "2.16.840.1.101.3.4.2.1";

    [Theory]
    [InlineData(CertIdHash.Sha1, true)]
    [InlineData(CertIdHash.Sha224, false)]
    [InlineData(CertIdHash.Sha256, true)]
    [InlineData(CertIdHash.Sha384, false)]
    [InlineData(CertIdHash.Sha512, false)]
    [Requirement("OR-5", "OR-7", "RS-12", "T-10")]
    public async Task Every_hash_of_a_CertID_is_answered_and_repeated(CertIdHash hash, bool isPrepared)
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"), Revoked("02"));
        Assert.Equal(isPrepared, rig.Answer(rig.Request("01", hash)).Answer.Batch is not null);

        Reply good = await rig.AskAsync(rig.Request("01", hash));
        Reply revoked = await rig.AskAsync(rig.Request("02", hash));

        Assert.Equal((OcspOutcome.Good, OcspOutcome.Revoked), (good.Outcome, revoked.Outcome));
        Assert.Equal(hash, good.Single.Hash);
        Assert.Equal([0x01], good.Single.SerialNumber.ToArray());
    }

    [Fact]
    public async Task Only_the_hashes_that_are_configured_are_prepared()
    {
        await using TestRig rig = await StartAsync(new TestRig(new OcspResponderOptions { PreparedHashes = [CertIdHash.Sha384] }), Good("01"));
        WaitUntil(() => rig.Answer(rig.Request("01", CertIdHash.Sha384)).Answer.Batch is not null, "SHA-384 is prepared");

        Assert.Equal(OcspOutcome.NeedsSignature, rig.Answer(rig.Request("01", CertIdHash.Sha1)).Outcome);
        Assert.Equal(OcspOutcome.Good, (await rig.AskAsync(rig.Request("01", CertIdHash.Sha1))).Outcome);
        rig.Verify(rig.Answer(rig.Request("01", CertIdHash.Sha384)));
    }

    [Fact]
    [Requirement("OR-7")]
    public async Task An_unknown_hash_is_unauthorized()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));

        Assert.Equal(OcspOutcome.Unauthorized, rig.Answer(new TestRequest().Add("1.2.840.113549.2.5", new byte[16], new byte[16], [1]).Encode()).Outcome);
    }

    [Fact]
    [Requirement("RS-12")]
    public async Task A_live_reply_repeats_absent_parameters_of_the_hash()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        byte[] request = new TestRequest().Add(rig.Authority.Issuer, "01", CertIdHash.Sha384, absentParameters: true).Encode();

        Reply reply = await rig.AskAsync(request);

        byte[] certId = [0x30, 0x0B, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x04, 0x30];
        Assert.True(request.AsSpan().IndexOf(certId) > 0);
        Assert.True(reply.Bytes.AsSpan().IndexOf(certId) > 0);
    }

    [Fact]
    [Requirement("RS-12")]
    public async Task A_prepared_reply_fits_a_request_with_absent_parameters()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));

        Reply reply = rig.Answer(new TestRequest().Add(rig.Authority.Issuer, "01", absentParameters: true).Encode());

        Assert.Equal((OcspOutcome.Good, CertIdHash.Sha256), (reply.Outcome, reply.Single.Hash));
    }

    [Fact]
    [Requirement("RS-3")]
    public async Task A_foreign_issuer_is_unauthorized_under_any_policy()
    {
        using var foreign = new TestAuthority("CN=Foreign CA");
        foreach (UnknownSerialPolicy policy in Enum.GetValues<UnknownSerialPolicy>())
        {
            await using TestRig rig = await StartPreparedAsync(new TestRig(new OcspResponderOptions { UnknownSerial = policy }), Good("01"));

            Assert.Equal(OcspOutcome.Unauthorized, rig.Answer(TestRequest.For(foreign.Issuer, "01")).Outcome);
        }
    }

    [Fact]
    [Requirement("OR-6", "T-30")]
    public async Task Two_authorities_of_one_name_are_told_apart_by_key()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        using var renewed = new TestAuthority(); // the same name
        byte[] request = TestRequest.For(renewed.Issuer, "01");
        Assert.Equal(OcspOutcome.Unauthorized, rig.Answer(request).Outcome);

        using DotNetSigner signer = renewed.CreateSigner();
        var source = new ScriptedSource();
        rig.Responder.AddIssuer(renewed.Issuer, signer, source);
        await source.DeliverAsync(new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = rig.Now, Changes = [Revoked("01")] });

        WaitUntil(() => rig.Answer(request).Outcome == OcspOutcome.Revoked, "the renewed key's answer is signed");
        Assert.Equal(OcspOutcome.Good, rig.Answer("01").Outcome);
        Assert.Equal(OcspVerificationResult.Valid, OcspResponseVerifier.Verify(rig.Answer(request).Response, renewed.Issuer, rig.Now));
    }

    [Fact]
    [Requirement("OR-6")]
    public async Task The_key_alone_does_not_make_an_issuer()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        Issuer issuer = rig.Authority.Issuer;

        Assert.Equal(OcspOutcome.Unauthorized, rig.Answer(new TestRequest().Add(Sha256Oid, new byte[32], issuer.GetKeyHash(CertIdHash.Sha256), [1]).Encode()).Outcome);
        Assert.Equal(OcspOutcome.Unauthorized, rig.Answer(new TestRequest().Add(Sha256Oid, issuer.GetNameHash(CertIdHash.Sha256), [], [1]).Encode()).Outcome);
    }

    [Fact]
    [Requirement("OR-4", "OR-12", "RS-13")]
    public async Task Every_certificate_of_a_request_is_answered_in_one_reply()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"), Revoked("02"), Held("03"));
        Issuer issuer = rig.Authority.Issuer;
        byte[] request = new TestRequest().Add(issuer, "02").Add(issuer, "01", CertIdHash.Sha1).Add(issuer, "03", CertIdHash.Sha512).Add(issuer, "02").Encode();

        Reply reply = await rig.AskAsync(request);

        Assert.Equal(OcspOutcome.Several, reply.Outcome);
        Assert.Null(reply.Answer.Batch);
        Assert.Equal(["02", "01", "03", "02"], reply.Response.Responses.Select(single => Convert.ToHexString(single.SerialNumber.Span)));
        Assert.Equal(
            [OcspCertificateStatus.Revoked, OcspCertificateStatus.Good, OcspCertificateStatus.Revoked, OcspCertificateStatus.Revoked],
            reply.Response.Responses.Select(single => single.Status));
        Assert.Equal([CertIdHash.Sha256, CertIdHash.Sha1, CertIdHash.Sha512, CertIdHash.Sha256], reply.Response.Responses.Select(single => single.Hash!.Value));
    }

    [Fact]
    [Requirement("T-25", "RS-15")]
    public async Task Certificates_of_two_authorities_in_one_request_are_unauthorized()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        using var other = new TestAuthority("CN=Another CA");
        using DotNetSigner signer = other.CreateSigner();
        rig.Responder.AddIssuer(other.Issuer, signer, new ScriptedSource());

        byte[] mixed = new TestRequest().Add(rig.Authority.Issuer, "01").Add(other.Issuer, "01").Encode();

        Assert.Equal(OcspOutcome.Unauthorized, rig.Answer(mixed).Outcome);
        Assert.Equal(OcspOutcome.Unauthorized, (await rig.SignAsync(mixed)).Outcome);
    }

    [Theory]
    [InlineData(3, "NeedsSignature")]
    [InlineData(4, "MalformedRequest")]
    [Requirement("T-25", "RS-1", "RS-2")]
    public async Task A_list_over_the_limit_is_malformed(int count, string expected)
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(new OcspResponderOptions { MaxCertificatesPerRequest = 3 }), Good("01"));
        var request = new TestRequest();
        for (int i = 0; i < count; i++)
        {
            request.Add(rig.Authority.Issuer, "01");
        }

        Reply reply = rig.Answer(request.Encode());

        Assert.Equal(expected, reply.Outcome.ToString());
        Assert.Equal(count > 3 ? "30030A0101" : "", Convert.ToHexString(reply.Bytes));
        Assert.Equal(count > 3 ? OcspOutcome.MalformedRequest : OcspOutcome.Several, (await rig.SignAsync(request.Encode())).Outcome);
    }

    [Fact]
    [Requirement("OR-9", "OR-10")]
    public async Task Signature_and_requestor_name_are_passed_over()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        TestRequest request = new TestRequest().Add(rig.Authority.Issuer, "01").WithRequestorName("client.example");

        Assert.Equal(OcspOutcome.Good, rig.Answer(request.Encode()).Outcome);
        Assert.Equal(OcspOutcome.Good, rig.Answer(request.Signed().Encode()).Outcome);
    }

    [Theory]
    [InlineData(false, "Good")]
    [InlineData(true, "Unauthorized")]
    [Requirement("OR-8")]
    public async Task An_unknown_extension_matters_only_when_critical(bool critical, string expected)
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        byte[] request = new TestRequest().Add(rig.Authority.Issuer, "01").WithExtension("1.2.3.4", critical, [0x05, 0x00]).Encode();

        Assert.Equal(expected, rig.Answer(request).Outcome.ToString());
        Assert.Equal(expected, (await rig.SignAsync(request)).Outcome.ToString()); // also when nobody asked Answer first
    }

    [Theory]
    [InlineData("300B06092B0601050507300101", "Good")] // id-pkix-ocsp-basic
    [InlineData("300506032A0304", "Unauthorized")]
    [Requirement("OX-5")]
    public async Task Who_does_not_accept_a_basic_response_gets_none(string types, string expected)
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        byte[] request = new TestRequest().Add(rig.Authority.Issuer, "01").WithExtension(TestRequest.AcceptableResponsesOid, critical: false, Convert.FromHexString(types)).Encode();

        Assert.Equal(expected, rig.Answer(request).Outcome.ToString());
    }
}
