using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Pkcs11;
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
