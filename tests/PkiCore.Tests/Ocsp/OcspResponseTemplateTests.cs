using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PkiCore.Asn1;
using PkiCore.Ocsp;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Tests.Ocsp;

/// <summary>What is stitched from a template is, byte by byte, what BouncyCastle makes of the same inputs.</summary>
public sealed class OcspResponseTemplateTests
{
    private static readonly DateTimeOffset s_revokedAt = TestAuthority.Now.AddDays(-2);

    private static readonly TestAuthority s_authority = new();
    private static readonly BouncyCastleResponses s_bouncyCastle = new(s_authority);

    public static TheoryData<string, string?, X509RevocationReason, string?> Statuses()
    {
        var rows = new TheoryData<string, string?, X509RevocationReason, string?>
        {
            { "good", "good", X509RevocationReason.Unspecified, null },
            { "unknown", null, X509RevocationReason.Unspecified, null },
            { "revoked, unspecified is left out", "revoked", X509RevocationReason.Unspecified, null },
            { "revoked, with invalidityDate", "revoked", X509RevocationReason.KeyCompromise, "known" },
            { "revoked, no reason, with invalidityDate", "revoked", X509RevocationReason.Unspecified, "known" },
        };
        foreach (X509RevocationReason reason in Enum.GetValues<X509RevocationReason>().Where(reason => reason != X509RevocationReason.Unspecified))
        {
            rows.Add($"revoked, {reason}", "revoked", reason, null);
        }

        return rows;
    }

    [Theory]
    [Requirement("RS-4", "RS-5", "RS-8", "RS-9", "RX-3", "T-12")]
    [MemberData(nameof(Statuses))]
    public void Reply_about_one_certificate(string description, string? status, X509RevocationReason reason, string? invalidityDate)
    {
        CertificateStatus? value = status switch
        {
            null => null,
            "good" => CertificateStatus.Good,
            _ => new CertificateStatus(s_revokedAt, reason, invalidityDate is null ? null : s_revokedAt.AddDays(-30)),
        };
        Assert.NotEmpty(description);
        foreach (CertIdHash hash in Enum.GetValues<CertIdHash>())
        {
            AssertSameAsBouncyCastle([new Answer(hash, [0x2A], value)]);
        }
    }

    [Theory]
    [Requirement("T-7")]
    [InlineData("zero", "00")]
    [InlineData("negative", "FF01")]
    [InlineData("highest bit set, behind a zero octet", "0080")]
    [InlineData("20 octets", "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("21 octets", "00FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    public void Odd_serial_number(string description, string serial)
    {
        Assert.NotEmpty(description);
        AssertSameAsBouncyCastle([new Answer(CertIdHash.Sha1, Convert.FromHexString(serial), CertificateStatus.Good)]);
    }

    [Theory]
    [Requirement("RS-6", "T-11", "T-12", "T-29")]
    [InlineData(ResponderIdKind.ByKey, true)]
    [InlineData(ResponderIdKind.ByKey, false)]
    [InlineData(ResponderIdKind.ByName, true)]
    [InlineData(ResponderIdKind.ByName, false)]
    public void Responder_by_key_and_by_name_with_and_without_its_certificate(ResponderIdKind kind, bool withCertificate) =>
        AssertSameAsBouncyCastle([new Answer(CertIdHash.Sha256, [0x2A], CertificateStatus.Good)], kind: kind, withCertificate: withCertificate);

    [Fact]
    [Requirement("OR-4", "RS-12", "RS-13")]
    public void Several_certificates_of_all_statuses_and_hashes_in_the_order_of_the_request() => AssertSameAsBouncyCastle(
    [
        new Answer(CertIdHash.Sha1, [0x01], CertificateStatus.Good),
        new Answer(CertIdHash.Sha256, [0x01], CertificateStatus.Good),
        new Answer(CertIdHash.Sha512, [0x00, 0xFF], new CertificateStatus(s_revokedAt, X509RevocationReason.Superseded)),
        new Answer(CertIdHash.Sha384, [0x7F, 0x01], new CertificateStatus(s_revokedAt, InvalidityDate: s_revokedAt.AddDays(-1))),
        new Answer(CertIdHash.Sha224, [0x03], null),
        new Answer(CertIdHash.Sha1, [0x01], CertificateStatus.Good),
    ]);

    [Theory]
    [Requirement("RS-13")]
    [InlineData(CertIdHash.Sha1, CertIdHash.Sha256)]
    [InlineData(CertIdHash.Sha256, CertIdHash.Sha1)]
    [InlineData(CertIdHash.Sha512, CertIdHash.Sha384, CertIdHash.Sha256, CertIdHash.Sha224, CertIdHash.Sha1)]
    public void One_certificate_by_several_CertIDs(params CertIdHash[] hashes)
    {
        foreach (CertificateStatus status in (CertificateStatus[])[CertificateStatus.Good, new(s_revokedAt, X509RevocationReason.KeyCompromise, s_revokedAt.AddDays(-30))])
        {
            AssertSameAsBouncyCastle([.. hashes.Select(hash => new Answer(hash, [0x2A], status))]);
        }
    }

    [Theory]
    [Requirement("OX-1", "OX-2", "T-13")]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(128)]
    public void Nonce_is_echoed_in_responseExtensions(int length)
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(length);
        byte[] response = AssertSameAsBouncyCastle([new Answer(CertIdHash.Sha1, [0x2A], CertificateStatus.Good)], nonce);
        Assert.Equal(nonce, OcspResponse.Parse(response)!.Nonce.ToArray());
    }

    [Theory]
    [Requirement("ST-4")]
    [InlineData(0)]
    [InlineData(32)]
    public void Never_issued_certificate_is_on_hold_since_1970_under_extended_revoke(int nonceLength)
    {
        var never = new CertificateStatus(DateTimeOffset.UnixEpoch, X509RevocationReason.CertificateHold);
        byte[] response = AssertSameAsBouncyCastle([new Answer(CertIdHash.Sha1, [0x2A], never)], new byte[nonceLength], extendedRevoke: true);
        OcspResponse parsed = OcspResponse.Parse(response)!;
        Assert.True(parsed.HasExtendedRevoke);
        Assert.False(parsed.HasUnknownCriticalExtension);

        // reason 6, 19700101000000Z, and no singleExtensions behind nextUpdate
        string hex = Convert.ToHexString(response);
        Assert.Contains("A116180F" + Convert.ToHexString(Encoding.ASCII.GetBytes("19700101000000Z")) + "A0030A0106", hex, StringComparison.Ordinal);
        Assert.Contains("300F06092B06010505073001090402" + "0500", hex, StringComparison.Ordinal);
    }

    [Fact]
    [Requirement("RS-9", "T-15")]
    public void Times_are_floored_to_seconds_and_in_GMT()
    {
        DateTimeOffset almost = TestAuthority.Now.AddTicks(TimeSpan.TicksPerSecond - 1);
        DateTimeOffset elsewhere = almost.ToOffset(TimeSpan.FromHours(14));
        byte[] exact = s_authority.Respond(s_authority.Template(producedAt: TestAuthority.Now), new CertificateStatus(TestAuthority.Now, InvalidityDate: TestAuthority.Now));
        Assert.Equal(exact, s_authority.Respond(s_authority.Template(producedAt: almost), new CertificateStatus(almost, InvalidityDate: almost)));
        Assert.Equal(exact, s_authority.Respond(s_authority.Template(producedAt: elsewhere), new CertificateStatus(elsewhere, InvalidityDate: elsewhere)));
        Assert.Contains("20240517102030Z", Encoding.Latin1.GetString(exact), StringComparison.Ordinal);
    }

    [Fact]
    [Requirement("RS-5", "RS-6", "T-11")]
    public void ResponseData_starts_with_the_SHA1_hash_of_the_key_and_no_version()
    {
        byte[] buffer = new byte[1024];
        int length = s_authority.Template().WriteToBeSigned(buffer, new SingleResponse(s_authority.Prefix(CertIdHash.Sha512), [1], null));
#pragma warning disable CA5350 // Do Not Use Weak Cryptographic Algorithms: RFC 6960 4.2.1 wants it
        string keyHash = Convert.ToHexString(SHA1.HashData(s_authority.Responder.PublicKey.EncodedKeyValue.RawData));
#pragma warning restore CA5350
        var reader = new DerReader(buffer.AsSpan(0, length));
        Assert.True(reader.TryReadSequence(out DerReader data) && reader.IsEmpty);
        Assert.StartsWith("A2160414" + keyHash + "180F", Convert.ToHexString(data.Remaining), StringComparison.Ordinal);
    }

    [Theory]
    [Requirement("RS-8")]
    [InlineData("good is 80 00", "good", "8000180F")]
    [InlineData("unknown is 82 00", null, "8200180F")]
    [InlineData("revoked is A1, its reason explicit", "revoked", "A116180F32303234303531353130323033305AA0030A0101180F")]
    public void CertStatus_is_tagged_implicitly(string description, string? status, string expected)
    {
        CertificateStatus? value = status switch
        {
            null => null,
            "good" => CertificateStatus.Good,
            _ => new CertificateStatus(s_revokedAt, X509RevocationReason.KeyCompromise),
        };
        string hex = Convert.ToHexString(s_authority.Respond(s_authority.Template(), value));
        Assert.True(hex.Contains("02012A" + expected, StringComparison.Ordinal), $"{description}: {hex}");
    }

    [Fact]
    [Requirement("RS-4", "T-29")]
    public void Without_certificate_the_reply_ends_with_the_signature()
    {
        var template = new OcspResponseTemplate(
            ResponderId.Encode(ResponderIdKind.ByKey, s_authority.Ca),
            TestAuthority.Now, TestAuthority.Now, TestAuthority.Now.AddDays(1), SignatureAlgorithm.EcdsaWithSha256, []);
        byte[] reply = new byte[1024];
        int length = template.Write(reply, new SingleResponse(s_authority.Prefix(), [1], CertificateStatus.Good), [0xAB, 0xCD]);
        Assert.EndsWith("300A06082A8648CE3D040302" + "030300ABCD", Convert.ToHexString(reply.AsSpan(0, length)), StringComparison.Ordinal);
        Assert.Empty(OcspResponse.Parse(reply.AsSpan(0, length))!.Certificates);
    }

    [Fact]
    public void Any_answers_are_written_as_BouncyCastle_writes_them() => Prop.ForAll<System.Numerics.BigInteger[], byte[], byte>((serials, nonce, choice) =>
    {
        Answer[] answers = [.. serials.DefaultIfEmpty(choice).Take(20).Select((serial, i) => new Answer(
            (CertIdHash)((choice + i) % 5),
            serial.ToByteArray(isUnsigned: false, isBigEndian: true),
            ((choice + i) % 7) switch
            {
                0 => null,
                1 => new CertificateStatus(s_revokedAt.AddDays(-i), (X509RevocationReason)(i % 7)),
                2 => new CertificateStatus(s_revokedAt, InvalidityDate: s_revokedAt.AddDays(-choice)),
                _ => CertificateStatus.Good,
            }))];
        AssertSameAsBouncyCastle(answers, nonce.Length <= 128 ? nonce : [], extendedRevoke: choice > 200, (ResponderIdKind)(choice % 2), choice % 3 > 0);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    private byte[] AssertSameAsBouncyCastle(
        Answer[] answers, byte[]? nonce = null, bool extendedRevoke = false, ResponderIdKind kind = ResponderIdKind.ByKey, bool withCertificate = true)
    {
        DateTimeOffset producedAt = TestAuthority.Now.AddMinutes(-1);
        byte[] expected = s_bouncyCastle.Make(kind, withCertificate, producedAt, nonce ?? [], extendedRevoke, answers);
        var template = new OcspResponseTemplate(
            ResponderId.Encode(kind, s_authority.Responder),
            producedAt,
            TestAuthority.Now.AddHours(-1),
            TestAuthority.Now.AddDays(4),
            SignatureAlgorithm.RsaWithSha256,
            OcspResponseTemplate.EncodeCertificates(withCertificate ? s_authority.Responder : null));

        // as the live lane writes it: all certificates of a request
        byte[] extensions = new byte[OcspResponseExtensions.MaxLength];
        extensions = extensions[..OcspResponseExtensions.Write(extensions, nonce, extendedRevoke)];
        Assert.True(OcspRequest.TryParse(s_bouncyCastle.MakeRequest(answers), out OcspRequest request, out _));
        byte[] buffer = new byte[16384];
        int length = template.WriteToBeSigned(buffer, request, [.. answers.Select(answer => answer.Status)], extensions);
        byte[] toBeSigned = buffer[..length];
        byte[] signature = s_authority.ResponderKey.SignData(toBeSigned, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        byte[] actual = buffer[..template.Write(buffer, toBeSigned, signature)];
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(actual));
        Assert.InRange(actual.Length, 1, template.GetMaxLength(answers.Length, signature.Length));

        // as it is signed ahead: one certificate, by one CertID or several, nothing else
        if (answers.All(answer => answer.Status == answers[0].Status && answer.Serial.AsSpan().SequenceEqual(answers[0].Serial)) && extensions.Length == 0)
        {
            var first = new SingleResponse(s_authority.Prefix(answers[0].Hash), answers[0].Serial, answers[0].Status);
            var singles = new SingleResponses(first, answers[1..].Select(answer => s_authority.Prefix(answer.Hash)).ToArray());
            Assert.Equal(length, template.WriteToBeSigned(buffer, singles));
            Assert.Equal(toBeSigned, buffer[..length]);
            Assert.Equal(expected, buffer[..template.Write(buffer, singles, signature)]);
        }

        return actual;
    }
}
