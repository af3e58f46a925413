using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Pkcs11.Tests;

/// <summary>Which key is meant, and what it can do.</summary>
public sealed class KeyTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("object=ocsp")]
    [InlineData("id=%01")]
    [InlineData("object=ocsp;id=%01")]
    public async Task A_key_is_found_by_label_by_id_and_by_both(string name)
    {
        using TestToken token = await TestToken.CreateAsync();
        await token.Module.ImportKeyAsync(token.Label, TestToken.Pin, NewKey(), "other", "02", TestContext.Current.CancellationToken);
        using var signer = Pkcs11Signer.Open(token.TokenUri.Replace("?", $";{name}?", StringComparison.Ordinal), token.Certificate);
        token.SignAndVerify(signer);
    }

    [Fact]
    public async Task A_key_that_is_not_there_and_one_that_is_not_the_only_one_are_refused()
    {
        using TestToken token = await TestToken.CreateAsync();
        string none = token.TokenUri.Replace("?", ";object=none;id=%AB?", StringComparison.Ordinal);
        SigningException fault = Assert.Throws<SigningException>(() => Pkcs11Signer.Open(none, token.Certificate));
        Assert.Contains("'none' with id AB", fault.Message, StringComparison.Ordinal);
        Assert.False(fault.IsTransient);
        Assert.Contains("no such private key", Assert.Throws<SigningException>(() => Pkcs11Signer.Open(none)).Message, StringComparison.Ordinal);

        await token.Module.ImportKeyAsync(token.Label, TestToken.Pin, NewKey(), "ocsp", "02", TestContext.Current.CancellationToken);
        string two = token.TokenUri.Replace("?", ";object=ocsp?", StringComparison.Ordinal);
        Assert.Contains("2 keys", Assert.Throws<SigningException>(() => Pkcs11Signer.Open(two, token.Certificate)).Message, StringComparison.Ordinal);
        Assert.Contains("2 keys", Assert.Throws<SigningException>(() => Pkcs11Signer.Open(two)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_certificate_of_another_key_is_refused_with_both_named()
    {
        using TestToken token = await TestToken.CreateAsync();
        using X509Certificate2 other = TestToken.Certify(NewKey());
        SigningException fault = Assert.Throws<SigningException>(() => Pkcs11Signer.Open(token.KeyUri, other, algorithm: null, new Pkcs11Options { VerifySignatures = false }));
        Assert.Contains(other.SerialNumber, fault.Message, StringComparison.Ordinal);
        Assert.Contains("'ocsp'", fault.Message, StringComparison.Ordinal);
        Assert.Contains(token.Label, fault.Message, StringComparison.Ordinal);
        Assert.False(fault.IsTransient);
    }

    [Fact]
    public async Task A_certificate_whose_key_cannot_sign_leaves_nothing_open()
    {
        using TestToken token = await TestToken.CreateAsync();
        using var weak = RSA.Create(1024);
        using X509Certificate2 certificate = TestToken.Certify(weak);
        Assert.Contains(certificate.SerialNumber, Assert.Throws<SigningException>(() => Pkcs11Signer.Open(token.KeyUri, certificate)).Message, StringComparison.Ordinal);
        Assert.Equal(1, token.Module.Calls("C_Finalize"));
    }

    [Fact]
    public async Task The_certificate_on_the_token_is_used_when_none_is_given()
    {
        using TestToken token = await TestToken.CreateAsync();
        Assert.Contains("no certificate", Assert.Throws<SigningException>(() => Pkcs11Signer.Open(token.KeyUri)).Message, StringComparison.Ordinal);
        await token.Module.Tokens.ImportCertificateAsync(token.Label, TestToken.Pin, token.Certificate, "ocsp", "01", TestContext.Current.CancellationToken);
        using var signer = Pkcs11Signer.Open(token.KeyUri);
        Assert.Equal(token.Certificate, signer.Certificate);
        token.SignAndVerify(signer);
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("P-384")]
    [InlineData("P-521")]
    [Requirement("T-23")]
    public async Task Signatures_on_each_curve_verify_with_DotNet(string curve)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName("nist" + curve.Replace("-", "", StringComparison.Ordinal)));
        using TestToken token = await TestToken.CreateAsync(key);
        using Pkcs11Signer signer = token.OpenSigner();
        byte[] signature = new byte[signer.MaxSignatureLength];
        for (int i = 0; i < 100; i++) // some have numbers with leading zeros
        {
            byte[] message = BitConverter.GetBytes(i);
            int length = signer.Sign(CryptographicOperations.HashData(signer.Algorithm.Hash, message), signature, s_timeout, SigningPriority.Live);
            Assert.True(key.VerifyData(message, signature.AsSpan(0, length), signer.Algorithm.Hash, DSASignatureFormat.Rfc3279DerSequence));
        }

        using var opened = Pkcs11Token.Open(token.TokenUri);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), Assert.Single(opened.FindKeys()).PublicKey!.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public async Task Rsa_signatures_with_each_hash_verify_with_DotNet()
    {
        using var key = RSA.Create(2048);
        using TestToken token = await TestToken.CreateAsync(key);
        SignatureAlgorithm[] pkcs1 = [SignatureAlgorithm.RsaWithSha256, SignatureAlgorithm.RsaWithSha384, SignatureAlgorithm.RsaWithSha512];
        SignatureAlgorithm[] pss = [SignatureAlgorithm.RsaPssWithSha256, SignatureAlgorithm.RsaPssWithSha384, SignatureAlgorithm.RsaPssWithSha512];
        foreach (SignatureAlgorithm algorithm in pkcs1.Concat(pss))
        {
            using var signer = Pkcs11Signer.Open(token.KeyUri, token.Certificate, algorithm);
            byte[] signature = new byte[signer.MaxSignatureLength + 10];
            byte[] digest = CryptographicOperations.HashData(algorithm.Hash, "message"u8);
            int length = signer.Sign(digest, signature, s_timeout, SigningPriority.Live);
            Assert.True(key.VerifyHash(digest, signature.AsSpan(0, length), algorithm.Hash, pss.Contains(algorithm) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1));
        }

        using var opened = Pkcs11Token.Open(token.TokenUri);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), Assert.Single(opened.FindKeys()).PublicKey!.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public async Task A_request_and_a_certificate_are_signed_by_the_key_on_the_token()
    {
        using TestToken token = await TestToken.CreateAsync();
        using var opened = Pkcs11Token.Open(token.TokenUri);
        Pkcs11Key key = Assert.Single(opened.FindKeys());
        var request = new CertificateRequest(new X500DistinguishedName("CN=CSR"), key.PublicKey!, HashAlgorithmName.SHA256);
        string pem = request.CreateSigningRequestPem(key.ToSignatureGenerator());
        Assert.Equal("CN=CSR", CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256).SubjectName.Name); // verifies it
        Assert.Throws<ArgumentException>(() => request.CreateSigningRequestPem(key.ToSignatureGenerator(SignatureAlgorithm.EcdsaWithSha384)));

        token.Module.Set("C_Sign wrong 1");
        Assert.Contains("does not verify", Assert.Throws<SigningException>(() => request.CreateSigningRequestPem(key.ToSignatureGenerator())).Message, StringComparison.Ordinal);
        opened.Dispose();
        Assert.Throws<SigningException>(() => request.CreateSigningRequestPem(key.ToSignatureGenerator()));
        Assert.Throws<SigningException>(() => key.CreateSigner(token.Certificate));
    }

    [Fact]
    public async Task A_certificate_is_signed_with_PSS_by_the_key_on_the_token()
    {
        using var rsa = RSA.Create(2048);
        using TestToken token = await TestToken.CreateAsync(rsa);
        using var opened = Pkcs11Token.Open(token.TokenUri);
        Pkcs11Key key = Assert.Single(opened.FindKeys());
        var request = new CertificateRequest(new X500DistinguishedName("CN=PSS"), key.PublicKey!, HashAlgorithmName.SHA384, RSASignaturePadding.Pss);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.Create(request.SubjectName, key.ToSignatureGenerator(SignatureAlgorithm.RsaPssWithSha384), now, now.AddDays(1), [1]);
        Assert.Equal("1.2.840.113549.1.1.10", certificate.SignatureAlgorithm.Value);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        Assert.True(chain.Build(certificate)); // OpenSSL verifies it
        using Pkcs11Signer signer = key.CreateSigner(certificate, SignatureAlgorithm.RsaPssWithSha384);
        Assert.Equal(key.PublicKey!.ExportSubjectPublicKeyInfo(), signer.Certificate.PublicKey.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public async Task An_Ed25519_key_made_on_the_token_signs_what_BouncyCastle_verifies()
    {
        using TestToken token = await TestToken.CreateAsync();
        await token.Module.Tokens.GenerateKeyAsync(token.Label, TestToken.Pin, "EC:edwards25519", "edwards", "25", TestContext.Current.CancellationToken);
        using var opened = Pkcs11Token.Open(token.TokenUri.Replace("?", ";object=edwards?", StringComparison.Ordinal));
        Pkcs11Key key = Assert.Single(opened.FindKeys());
        var request = new CertificateRequest(new X500DistinguishedName("CN=Edwards"), key.PublicKey!, HashAlgorithmName.SHA512);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.Create(request.SubjectName, key.ToSignatureGenerator(), now, now.AddDays(1), [1]);
        using Pkcs11Signer signer = key.CreateSigner(certificate);
        Assert.False(signer.PreHash);
        byte[] signature = new byte[signer.MaxSignatureLength];
        byte[] message = new byte[300]; // longer than any digest
        int length = signer.Sign(message, signature, s_timeout, SigningPriority.Live);
        var verifier = new Org.BouncyCastle.Crypto.Signers.Ed25519Signer();
        verifier.Init(forSigning: false, new Org.BouncyCastle.Crypto.Parameters.Ed25519PublicKeyParameters(key.PublicKey!.EncodedKeyValue.RawData, 0));
        verifier.BlockUpdate(message, 0, message.Length);
        Assert.True(verifier.VerifySignature(signature[..length]));
    }

    private static ECDsa NewKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);
}
