using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>Who may sign, and how replies name the one who did.</summary>
public sealed class ResponderIdentityTests : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    [Requirement("RS-15", "RS-18")]
    public void A_delegated_responder_is_accepted() => Assert.Empty(Create(new ResponderTerms()).Warnings);

    [Fact]
    [Requirement("RS-15")]
    public void Another_issuer_is_refused()
    {
        using var other = new TestAuthority("CN=Another CA");
        using DotNetSigner signer = other.CreateSigner();

        AssertRefused(signer, "cannot answer for 'CN=Test CA'");
    }

    [Fact]
    [Requirement("RS-15")]
    public void An_issuer_of_the_same_name_and_another_key_is_refused()
    {
        using var impostor = new TestAuthority();
        using DotNetSigner signer = impostor.CreateSigner();
        using DotNetSigner own = impostor.CreateOwnSigner();

        AssertRefused(signer, "cannot answer");
        AssertRefused(own, "cannot answer");
    }

    [Fact]
    [Requirement("RS-15")]
    public void A_forged_signature_of_the_issuer_is_refused()
    {
        using var forger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using DotNetSigner signer = _authority.CreateSigner(new ResponderTerms { SigningKey = forger });

        AssertRefused(signer, "cannot answer");
    }

    [Theory]
    [InlineData]
    [InlineData(ResponderTerms.ServerAuthentication)]
    [InlineData("2.5.29.37.0")] // anyExtendedKeyUsage does not delegate OCSP signing
    [Requirement("RS-15")]
    public void Without_the_extended_key_usage_a_responder_is_refused(params string[] purposes)
    {
        X509Extension[] extensions = purposes.Length == 0 ? [] : [ResponderTerms.ExtendedUsage(purposes)];
        using DotNetSigner signer = _authority.CreateSigner(new ResponderTerms { Extensions = extensions });

        AssertRefused(signer, "extended key usage OCSP signing");
    }

    [Fact]
    [Requirement("RS-18")]
    public void Expired_and_not_yet_valid_responders_are_refused()
    {
        using DotNetSigner expired = _authority.CreateSigner(new ResponderTerms { NotAfter = s_now.AddSeconds(-1) });
        using DotNetSigner future = _authority.CreateSigner(new ResponderTerms { NotBefore = s_now.AddSeconds(1) });

        AssertRefused(expired, "to 2025-12-31 23:59:59Z");
        AssertRefused(future, "from 2026-01-01 00:00:01Z");
    }

    [Fact]
    [Requirement("RS-17")]
    public void A_responder_without_nocheck_is_accepted_with_a_warning_and_refused_for_a_public_CA()
    {
        var terms = new ResponderTerms { Extensions = [ResponderTerms.Usage(X509KeyUsageFlags.DigitalSignature), ResponderTerms.ExtendedUsage(ResponderTerms.OcspSigning)] };
        using DotNetSigner signer = _authority.CreateSigner(terms);

        Assert.Contains("nocheck", Assert.Single(Create(terms).Warnings), StringComparison.Ordinal);
        AssertRefused(signer, "nocheck", new OcspResponderOptions { PublicCaProfile = true });
    }

    [Fact]
    [Requirement("BR-12")]
    public void A_public_CA_signs_itself_only_with_digitalSignature()
    {
        using var fit = new TestAuthority(usage: X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature);
        using DotNetSigner own = _authority.CreateOwnSigner();
        using DotNetSigner fitOwn = fit.CreateOwnSigner();
        var profile = new OcspResponderOptions { PublicCaProfile = true };

        AssertRefused(own, "digitalSignature", profile);
        Assert.Empty(ResponderIdentity.Create(fit.Issuer, fitOwn, profile, s_now).Warnings);
        Assert.NotEmpty(ResponderIdentity.Create(_authority.Issuer, own, new OcspResponderOptions(), s_now).Warnings);
    }

    [Fact]
    public void Signatures_that_have_no_room_are_refused()
    {
        using DotNetSigner inner = _authority.CreateSigner();

        AssertRefused(new OddSigner(inner) { MaxSignatureLength = 1025 }, "1024 is the limit");
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-5, 1)]
    [InlineData(8, 8)]
    [InlineData(int.MaxValue, 1024)]
    public void Parallelism_is_taken_with_reason(int claimed, int expected)
    {
        using DotNetSigner inner = _authority.CreateSigner();

        Assert.Equal(expected, ResponderIdentity.Create(_authority.Issuer, new OddSigner(inner) { Parallelism = claimed }, new OcspResponderOptions(), s_now).Parallelism);
    }

    [Fact]
    [Requirement("RS-6", "RS-7", "RS-16", "T-11")]
    public async Task A_delegated_reply_names_the_key_and_carries_the_certificate()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));

        OcspResponse response = (await rig.AskAsync("01")).Response;

        var keyHash = new X509SubjectKeyIdentifierExtension(rig.Signer.Certificate.PublicKey, X509SubjectKeyIdentifierHashAlgorithm.Sha1, critical: false);
        Assert.Equal(keyHash.SubjectKeyIdentifierBytes.ToArray(), response.ResponderKeyHash.ToArray());
        Assert.Equal(rig.Signer.Certificate.RawData, Assert.Single(response.Certificates).ToArray());
    }

    [Fact]
    [Requirement("RS-6")]
    public async Task A_reply_can_name_the_responder_though_the_name_is_long()
    {
        string name = string.Join(", ", Enumerable.Range(0, 20).Select(i => $"OU={new string((char)('a' + (i % 26)), 60)}"));
        var options = new OcspResponderOptions { ResponderId = ResponderIdKind.ByName };
        await using TestRig rig = await StartPreparedAsync(new TestRig(options, new ResponderTerms { Subject = name }), Good("01"));

        OcspResponse response = (await rig.AskAsync("01")).Response;

        Assert.Equal(rig.Signer.Certificate.SubjectName.RawData, response.ResponderName.ToArray());
    }

    [Fact]
    [Requirement("RS-15", "T-29")]
    public async Task An_authority_that_signs_itself_sends_no_certificates()
    {
        using var authority = new TestAuthority();
        using DotNetSigner own = authority.CreateOwnSigner();
        await using var responder = new OcspResponder(timeProvider: new ManualTimeProvider());
        var source = new ScriptedSource();
        responder.AddIssuer(authority.Issuer, own, source);
        Task started = responder.StartAsync(TestContext.Current.CancellationToken);
        await source.DeliverAsync(new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = s_now, Changes = [Good("01")] });
        await started;
        byte[] buffer = new byte[responder.MaxResponseLength];

        OcspAnswer answer = await responder.SignAsync(TestRequest.For(authority.Issuer, "01"), buffer, TestContext.Current.CancellationToken);

        OcspResponse response = OcspResponse.Parse(buffer.AsSpan(0, answer.Length))!;
        Assert.Empty(response.Certificates);
        Assert.Equal(OcspVerificationResult.Valid, OcspResponseVerifier.Verify(response, authority.Issuer, s_now));
    }

    private ResponderIdentity Create(ResponderTerms terms)
    {
        using DotNetSigner signer = _authority.CreateSigner(terms);
        return ResponderIdentity.Create(_authority.Issuer, signer, new OcspResponderOptions(), s_now);
    }

    private void AssertRefused(ISigner signer, string reason, OcspResponderOptions? options = null)
    {
        var refusal = Assert.Throws<SigningException>(() => ResponderIdentity.Create(_authority.Issuer, signer, options ?? new OcspResponderOptions(), s_now));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(signer.Certificate.SerialNumber, refusal.Message, StringComparison.Ordinal);
    }

    private sealed class OddSigner(ISigner inner) : ISigner
    {
        public X509Certificate2 Certificate => inner.Certificate;

        public PkiCore.X509.SignatureAlgorithm Algorithm => inner.Algorithm;

        public bool PreHash => inner.PreHash;

        public int MaxSignatureLength { get; init; } = 100;

        public int Parallelism { get; init; } = 1;

        public string? Problem => null;

        public int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority) => inner.Sign(input, signature, timeout, priority);

        public void Dispose() => inner.Dispose();
    }
}
