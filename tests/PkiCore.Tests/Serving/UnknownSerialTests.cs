using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Ocsp;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.X509;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>What is said of serial numbers that the source does not know.</summary>
public sealed class UnknownSerialTests
{
    private const string ExtendedRevokeOid = "1.3.6.1.5.5.7.48.1.9";

    [Fact]
    [Requirement("RS-3", "ST-7", "BR-16")]
    public async Task By_default_they_are_unauthorized_and_nothing_is_signed()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        int calls = rig.Signer.Calls;

        Reply reply = rig.Answer("FF");

        Assert.Equal(OcspOutcome.Unauthorized, reply.Outcome);
        Assert.Equal("30030A0106", Convert.ToHexString(reply.Bytes));
        Assert.Equal(calls, rig.Signer.Calls);
    }

    [Fact]
    [Requirement("ST-3", "RS-8")]
    public async Task As_unknown_they_are_signed_live()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(new OcspResponderOptions { UnknownSerial = UnknownSerialPolicy.Unknown }), Good("01"));
        Assert.Equal(OcspOutcome.NeedsSignature, rig.Answer("FF").Outcome);

        Reply reply = await rig.AskAsync("FF");

        Assert.Equal(OcspOutcome.Unknown, reply.Outcome);
        Assert.Equal(OcspCertificateStatus.Unknown, reply.Single.Status);
        Assert.Null(reply.Answer.Batch);
        Assert.False(reply.Response.HasExtendedRevoke);
    }

    [Fact]
    [Requirement("ST-2", "ST-4")]
    public async Task As_extended_revoked_they_look_as_RFC_6960_wants_it()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(new OcspResponderOptions { UnknownSerial = UnknownSerialPolicy.ExtendedRevoked }), Good("01"));

        Reply reply = await rig.AskAsync("FF");

        Assert.Equal(OcspOutcome.Revoked, reply.Outcome);
        ResponseData data = Parse(reply);
        var single = Org.BouncyCastle.Asn1.Ocsp.SingleResponse.GetInstance(data.Responses[0]);
        Assert.Equal(1, single.CertStatus.TagNo);
        var revoked = RevokedInfo.GetInstance(single.CertStatus.Status);
        Assert.Equal("19700101000000Z", revoked.RevocationTime.TimeString);
        Assert.Equal(6, revoked.RevocationReason.Value.IntValue);
        Assert.Null(single.SingleExtensions);
        var extension = data.ResponseExtensions.GetExtension(new DerObjectIdentifier(ExtendedRevokeOid));
        Assert.False(extension.IsCritical);
        Assert.Equal([0x05, 0x00], extension.Value.GetOctets());
        Assert.Single(data.ResponseExtensions.GetExtensionOids());
    }

    [Fact]
    [Requirement("ST-4")]
    public async Task Extended_revoke_stays_out_of_replies_about_known_certificates()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(new OcspResponderOptions { UnknownSerial = UnknownSerialPolicy.ExtendedRevoked }), Good("01"), Revoked("02"));

        Assert.False((await rig.AskAsync("01")).Response.HasExtendedRevoke);
        Assert.False((await rig.SignAsync(rig.Request("02"))).Response.HasExtendedRevoke);
    }

    [Fact]
    [Requirement("ST-7")]
    public void Extended_revoke_is_refused_for_a_public_CA()
    {
        var options = new OcspResponderOptions { PublicCaProfile = true, UnknownSerial = UnknownSerialPolicy.ExtendedRevoked };

        var refusal = Assert.Throws<ArgumentException>(() => new OcspResponder(options));

        Assert.Contains("UnknownSerial", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(22)]
    [InlineData(15_000)]
    [Requirement("T-7")]
    public async Task A_serial_number_that_no_certificate_can_have_is_unauthorized_under_any_policy(int octets)
    {
        byte[] serial = [0x01, .. new byte[octets - 1]];
        foreach (UnknownSerialPolicy policy in Enum.GetValues<UnknownSerialPolicy>())
        {
            await using TestRig rig = await StartPreparedAsync(new TestRig(new OcspResponderOptions { UnknownSerial = policy }), Good("01"));
            Issuer issuer = rig.Authority.Issuer;
            byte[] one = new TestRequest().Add("2.16.840.1.101.3.4.2.1", issuer.GetNameHash(CertIdHash.Sha256), issuer.GetKeyHash(CertIdHash.Sha256), serial).Encode();
            byte[] two = new TestRequest().Add(issuer, "01").Add("2.16.840.1.101.3.4.2.1", issuer.GetNameHash(CertIdHash.Sha256), issuer.GetKeyHash(CertIdHash.Sha256), serial).Encode();

            Assert.Equal(OcspOutcome.Unauthorized, (await rig.AskAsync(one)).Outcome);
            Assert.Equal(OcspOutcome.Unauthorized, (await rig.AskAsync(two)).Outcome);
            Assert.Equal(OcspOutcome.Unauthorized, (await rig.SignAsync(one)).Outcome);
            Assert.Empty(rig.Log.Errors);
        }
    }

    [Theory]
    [InlineData("00")]
    [InlineData("-01")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [Requirement("T-7")]
    public async Task Odd_serial_numbers_are_answered_when_known_and_unknown_otherwise(string serial)
    {
        var options = new OcspResponderOptions { UnknownSerial = UnknownSerialPolicy.Unknown };
        await using TestRig rig = await StartPreparedAsync(new TestRig(options), Revoked(serial));

        Reply reply = await rig.AskAsync(serial);

        Assert.Equal(OcspOutcome.Revoked, reply.Outcome);
        Assert.Equal(TestRequest.Contents(serial), reply.Single.SerialNumber.ToArray());
        Assert.Equal(OcspOutcome.Unknown, (await rig.AskAsync("7F")).Outcome);
    }

    private static ResponseData Parse(Reply reply)
    {
        var response = Org.BouncyCastle.Asn1.Ocsp.OcspResponse.GetInstance(Asn1Object.FromByteArray(reply.Bytes));
        return BasicOcspResponse.GetInstance(Asn1Object.FromByteArray(response.ResponseBytes.Response.GetOctets())).TbsResponseData;
    }
}
