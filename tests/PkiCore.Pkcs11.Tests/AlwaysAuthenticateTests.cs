using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Signing;

namespace PkiCore.Pkcs11.Tests;

/// <summary>A key that wants the PIN for each signature (CKA_ALWAYS_AUTHENTICATE).</summary>
public sealed class AlwaysAuthenticateTests
{
    [Fact]
    public async Task The_PIN_is_presented_for_each_signature_and_once_when_it_is_refused()
    {
        using TestToken token = await TestToken.CreateAsync();
        await ToolProcess.RunCheckedAsync(
            RequiredTool.Pkcs11Tool,
            ["--module", SoftHsm.ModulePath, "--token-label", token.Label, "--login", "--pin", "env:PKICORE_PIN", "--keypairgen", "--key-type", "EC:secp256r1", "--label", "guarded", "--id", "33", "--always-auth"],
            new ToolOptions { Timeout = TimeSpan.FromSeconds(30), Environment = new Dictionary<string, string?>(token.Module.Tokens.Environment) { ["PKICORE_PIN"] = TestToken.Pin } },
            TestContext.Current.CancellationToken);
        using var opened = Pkcs11Token.Open(token.TokenUri.Replace("?", ";object=guarded?", StringComparison.Ordinal));
        Pkcs11Key key = Assert.Single(opened.FindKeys());
        int logins = token.Module.Calls("C_Login");
        using X509Certificate2 certificate = Certify(key);
        Assert.Equal(logins + 1, token.Module.Calls("C_Login"));

        using Pkcs11Signer signer = key.CreateSigner(certificate);
        using ECDsa publicKey = certificate.GetECDsaPublicKey()!;
        byte[] digest = SHA256.HashData("message"u8);
        byte[] signature = new byte[signer.MaxSignatureLength];
        int Sign() => signer.Sign(digest, signature, TimeSpan.FromSeconds(10), SigningPriority.Live);
        logins = token.Module.Calls("C_Login");
        for (int i = 0; i < 5; i++)
        {
            Assert.True(publicKey.VerifyHash(digest, signature.AsSpan(0, Sign()), DSASignatureFormat.Rfc3279DerSequence));
        }

        Assert.Equal(logins + 5, token.Module.Calls("C_Login"));

        token.Module.Set("C_Login return 0xA0");
        logins = token.Module.Calls("C_Login");
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("CKR_PIN_INCORRECT", Assert.Throws<SigningException>(() => Sign()).ErrorCode);
        }

        Assert.Equal(logins + 1, token.Module.Calls("C_Login"));
    }

    private static X509Certificate2 Certify(Pkcs11Key key)
    {
        var request = new CertificateRequest(new X500DistinguishedName("CN=Guarded"), key.PublicKey!, HashAlgorithmName.SHA256);
        return request.Create(request.SubjectName, key.ToSignatureGenerator(), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100), [1]);
    }
}
