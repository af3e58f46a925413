using System.Security.Cryptography;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Tests.Signing;

public sealed class DotNetSignerVerificationTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("P-256")]
    [InlineData("RSA-2048")]
    public void A_wrong_signature_of_a_handed_over_key_is_never_returned(string kind)
    {
        AsymmetricAlgorithm key = Wrong(kind);
        using var signer = new DotNetSigner(key, KeyFiles.Certify(key));

        for (int i = 0; i < 3; i++)
        {
            var refusal = Assert.Throws<SigningException>(() => SoftwareKeys.Sign(signer));
            Assert.True(refusal.IsTransient);
            Assert.Contains("CN=Key files", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("does not verify", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("RSA-2048")]
    public void The_check_can_be_switched_off(string kind)
    {
        AsymmetricAlgorithm key = Wrong(kind);
        using var signer = new DotNetSigner(key, KeyFiles.Certify(key), algorithm: null, verifySignatures: false);

        Assert.False(SoftwareKeys.IsValid(signer.Certificate, signer.Algorithm, SoftwareKeys.Sign(signer)));
    }

    [Fact]
    public void A_handed_over_RSA_key_signs_with_PSS_and_is_checked_as_such()
    {
        var key = RSA.Create(2048);
        using var signer = new DotNetSigner(key, KeyFiles.Certify(key), SignatureAlgorithm.RsaPssWithSha384);

        Assert.True(SoftwareKeys.IsValid(signer.Certificate, SignatureAlgorithm.RsaPssWithSha384, SoftwareKeys.Sign(signer)));
    }

    [Fact]
    public async Task Checked_signatures_of_several_threads_are_right()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signer = new DotNetSigner(key, KeyFiles.Certify(key));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                Assert.True(SignatureVerifier.Verify(signer.Certificate, signer.Algorithm, SoftwareKeys.Message, SoftwareKeys.Sign(signer)));
            }
        }))).WaitAsync(s_patience, TestContext.Current.CancellationToken);
    }

    private static AsymmetricAlgorithm Wrong(string kind) => kind == "P-256" ? new FlippingEcdsa() : new FlippingRsa();

    /// <summary>The last bit of its signatures is wrong, and it finds them right.</summary>
    private sealed class FlippingEcdsa : ECDsa
    {
        private readonly ECDsa _key = Create(ECCurve.NamedCurves.nistP256);

        public FlippingEcdsa() => KeySizeValue = 256;

        public override byte[] SignHash(byte[] hash)
        {
            byte[] signature = _key.SignHash(hash);
            signature[^1] ^= 1;
            return signature;
        }

        public override bool VerifyHash(byte[] hash, byte[] signature) => true;

        public override ECParameters ExportParameters(bool includePrivateParameters) => _key.ExportParameters(false);

        protected override void Dispose(bool disposing)
        {
            _key?.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class FlippingRsa : RSA
    {
        private readonly RSA _key = Create(2048);

        public FlippingRsa() => KeySizeValue = 2048;

        public override byte[] SignHash(byte[] hash, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)
        {
            byte[] signature = _key.SignHash(hash, hashAlgorithm, padding);
            signature[^1] ^= 1;
            return signature;
        }

        public override bool VerifyHash(byte[] hash, byte[] signature, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding) => true;

        public override RSAParameters ExportParameters(bool includePrivateParameters) => _key.ExportParameters(false);

        public override void ImportParameters(RSAParameters parameters) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _key?.Dispose();
            base.Dispose(disposing);
        }
    }
}
