using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Pkcs11;
using PkiCore.Pkcs11.Tests.Harness;
using PkiCore.Signing;

namespace PkiCore.Pkcs11.Tests;

public sealed class SigningTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_key_on_a_token_signs_what_its_public_key_verifies()
    {
        using TestToken token = await TestToken.CreateAsync();
        using Pkcs11Signer signer = token.OpenSigner();
        byte[] digest = SHA256.HashData("message"u8);
        byte[] signature = new byte[signer.MaxSignatureLength];

        int length = signer.Sign(digest, signature, s_patience, SigningPriority.Live);

        using ECDsa key = token.Certificate.GetECDsaPublicKey()!;
        Assert.True(key.VerifyHash(digest, signature.AsSpan(0, length), DSASignatureFormat.Rfc3279DerSequence));
        Assert.Null(signer.Problem);
    }

    [Fact]
    public async Task Without_verification_the_first_signature_after_each_connection_is_verified_nevertheless()
    {
        using TestToken token = await TestToken.CreateAsync();
        using Pkcs11Signer signer = token.OpenSigner(new Pkcs11Options { VerifySignatures = false });
        byte[] signature = new byte[signer.MaxSignatureLength];
        void Sign() => signer.Sign(SHA256.HashData("message"u8), signature, s_patience, SigningPriority.Live);

        token.Module.Set("C_Sign wrong 1");
        Sign(); // nobody looks
        token.Module.Set("C_Sign wrong 2", "sessions invalid");
        Assert.Contains("does not verify", Assert.Throws<SigningException>(Sign).Message, StringComparison.Ordinal);
        Assert.True(Assert.Throws<SigningException>(Sign).IsTransient);
        token.SignAndVerify(signer);
    }

    [Fact]
    public async Task Tokens_with_the_same_label_in_two_modules_have_names_and_metrics_of_their_own()
    {
        using TestToken one = await TestToken.CreateAsync();
        using TestToken two = await TestToken.CreateAsync();
        await two.Module.InitializeTokenAsync(one.Label, TestToken.Pin, "so-pin", TestContext.Current.CancellationToken);
        using var metrics = new CollectedMetrics(one.Label);
        using Pkcs11Signer first = one.OpenSigner();
        using var second = Pkcs11Token.Open(two.TokenUri.Replace(two.Label, one.Label, StringComparison.Ordinal));
        Assert.Equal($"key 'ocsp' on token '{one.Label}' of {one.Module.ModulePath}", first.ToString());
        one.Module.Set("C_Sign return 0x30");
        Assert.Throws<SigningException>(() => one.SignAndVerify(first));
        Assert.Equal((0, 1), (metrics.Now("pkicore.pkcs11.up", one.Module.ModulePath), metrics.Now("pkicore.pkcs11.up", two.Module.ModulePath)));
        Assert.Equal(1, metrics.Sum("pkicore.pkcs11.failures", one.Module.ModulePath));
        Assert.Equal(0, metrics.Sum("pkicore.pkcs11.failures", two.Module.ModulePath));
    }

    [Fact]
    public async Task Ten_lines_list_the_keys_of_a_token_certify_one_and_sign_with_it()
    {
        using TestToken made = await TestToken.CreateAsync();
        using var token = Pkcs11Token.Open(made.TokenUri);
        Pkcs11Key key = Assert.Single(token.FindKeys());
        Assert.Equal("ocsp", key.Label);

        var request = new CertificateRequest(new X500DistinguishedName("CN=Made with an HSM"), key.PublicKey!, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.Create(request.SubjectName, key.ToSignatureGenerator(), now, now.AddDays(1), [1]);
        using Pkcs11Signer signer = key.CreateSigner(certificate);
        byte[] signature = new byte[signer.MaxSignatureLength];
        int length = signer.Sign(SHA256.HashData("message"u8), signature, s_patience, SigningPriority.Live);

        using ECDsa publicKey = certificate.GetECDsaPublicKey()!;
        Assert.True(publicKey.VerifyData("message"u8, signature.AsSpan(0, length), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }
}
