using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;
using PkiCore.Tests.Signing;
using PkiCore.X509;

namespace PkiCore.Tests.X509;

/// <summary>One key, many signatures: a <see cref="SignatureVerifier"/> that is kept.</summary>
public sealed class RepeatedVerificationTests
{
    // RFC 8032 7.1, TEST 2
    private const string Ed25519Key = "3D4017C3E843895A92B70AA74D1B7EBC9C982CCF2EC4968CC0CD55F12AF4660C";
    private const string Ed25519Signature =
        "92A009A9F0D4CAB8720E820B5F642540A2B27B5416503F8FB3762223EBDB69DA085AC1E43E15996E458F3613D0F11D8C387B2EAEB4302AEEB00D291612BB0C00";

    private static readonly byte[] s_message = [0x72];

    public static TheoryData<string, SignatureAlgorithm> Algorithms() => SoftwareKeys.Algorithms();

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Right_signatures_verify_and_changed_ones_do_not(string kind, SignatureAlgorithm algorithm)
    {
        using DotNetSignature made = DotNetSignature.Make(kind, algorithm);
        var verifier = new SignatureVerifier(made.Certificate, algorithm);

        Assert.True(verifier.Verify(made.Digest, made.Signature));
        for (int i = 0; i < made.Signature.Length; i += 7)
        {
            byte[] changed = [.. made.Signature];
            changed[i] ^= 0x01;
            Assert.False(verifier.Verify(made.Digest, changed), $"octet {i}");
        }

        byte[] other = [.. made.Digest];
        other[^1] ^= 0x80;
        Assert.False(verifier.Verify(other, made.Signature));
        Assert.False(verifier.Verify(made.Digest, made.Signature.AsSpan(1)));
        Assert.False(verifier.Verify(made.Digest, [.. made.Signature, 0]));
        Assert.False(verifier.Verify(made.Digest, []));
        Assert.False(verifier.Verify([], made.Signature));
        Assert.True(verifier.Verify(made.Digest, made.Signature));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void A_verification_allocates_nothing(string kind, SignatureAlgorithm algorithm)
    {
        using DotNetSignature made = DotNetSignature.Make(kind, algorithm);
        var verifier = new SignatureVerifier(made.Certificate, algorithm);

        AllocationBudget.Assert("verify a signature", () => verifier.Verify(made.Digest, made.Signature), iterations: 200);
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("RSA-2048")]
    public async Task Eight_threads_verify_at_once(string kind)
    {
        using DotNetSignature made = DotNetSignature.Make(kind, kind == "P-256" ? SignatureAlgorithm.EcdsaWithSha256 : SignatureAlgorithm.RsaPssWithSha256);
        var verifier = new SignatureVerifier(made.Certificate, made.Algorithm);
        byte[] wrong = [.. made.Signature];
        wrong[^1] ^= 0x01;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                Assert.True(verifier.Verify(made.Digest, made.Signature));
                Assert.False(verifier.Verify(made.Digest, wrong));
            }
        })));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(20, false)]
    [InlineData(31, false)]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void A_PSS_salt_is_as_long_as_the_hash(int saltLength, bool expected)
    {
        using var rsa = RSA.Create(2048);
        var signer = new PssSigner(new RsaBlindedEngine(), new Sha256Digest(), saltLength);
        signer.Init(forSigning: true, PrivateKeyFactory.CreateKey(rsa.ExportPkcs8PrivateKey()));
        signer.BlockUpdate(s_message, 0, s_message.Length);

        var verifier = new SignatureVerifier(KeyFiles.Certify(rsa), SignatureAlgorithm.RsaPssWithSha256);

        Assert.Equal(expected, verifier.Verify(SHA256.HashData(s_message), signer.GenerateSignature()));
    }

    [Fact]
    public void Paddings_are_not_mixed_up()
    {
        using DotNetSignature pss = DotNetSignature.Make("RSA-2048", SignatureAlgorithm.RsaPssWithSha256);
        using DotNetSignature pkcs1 = DotNetSignature.Make("RSA-2048", SignatureAlgorithm.RsaWithSha256);

        Assert.False(new SignatureVerifier(pss.Certificate, SignatureAlgorithm.RsaWithSha256).Verify(pss.Digest, pss.Signature));
        Assert.False(new SignatureVerifier(pkcs1.Certificate, SignatureAlgorithm.RsaPssWithSha256).Verify(pkcs1.Digest, pkcs1.Signature));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Ed25519_is_verified_over_the_message_as_in_RFC_8032()
    {
        var verifier = new SignatureVerifier(CertifyEd25519(Ed25519Key), SignatureAlgorithm.Ed25519);
        byte[] signature = Convert.FromHexString(Ed25519Signature);

        Assert.True(verifier.Verify(s_message, signature));
        for (int i = 0; i < signature.Length; i++)
        {
            byte[] changed = [.. signature];
            changed[i] ^= 0x01;
            Assert.False(verifier.Verify(s_message, changed), $"octet {i}");
        }

        Assert.False(verifier.Verify([0x73], signature));
        Assert.False(verifier.Verify([], signature));
        Assert.False(verifier.Verify(s_message, signature.AsSpan(1)));
        Assert.StartsWith("error:00000000", LibCrypto.TakeError(), StringComparison.Ordinal);
        AllocationBudget.Assert("verify a signature", () => verifier.Verify(s_message, signature), iterations: 200);
    }

    [Fact]
    public async Task Eight_threads_verify_Ed25519_at_once()
    {
        var verifier = new SignatureVerifier(CertifyEd25519(Ed25519Key), SignatureAlgorithm.Ed25519);
        byte[] signature = Convert.FromHexString(Ed25519Signature);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                Assert.True(verifier.Verify(s_message, signature));
                Assert.False(verifier.Verify([0x73], signature));
            }
        })));
    }

    [Fact]
    public void A_key_that_is_not_for_the_algorithm_is_refused_at_once()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        foreach ((X509Certificate2 certificate, SignatureAlgorithm algorithm) in (ReadOnlySpan<(X509Certificate2, SignatureAlgorithm)>)
            [
                (KeyFiles.Certify(ecdsa), SignatureAlgorithm.RsaWithSha256),
                (KeyFiles.Certify(ecdsa), SignatureAlgorithm.Ed25519),
                (KeyFiles.Certify(rsa), SignatureAlgorithm.EcdsaWithSha256),
                (KeyFiles.Certify(rsa), SignatureAlgorithm.Ed25519),
                (CertifyEd25519(Ed25519Key), SignatureAlgorithm.RsaPssWithSha256),
                (CertifyEd25519(Ed25519Key), SignatureAlgorithm.EcdsaWithSha256),
                (CertifyEd25519(Ed25519Key[2..]), SignatureAlgorithm.Ed25519),
            ])
        {
            Assert.ThrowsAny<CryptographicException>(() => new SignatureVerifier(certificate, algorithm));
        }
    }

    private static X509Certificate2 CertifyEd25519(string hex)
    {
        // RFC 8410 4
        byte[] key = Convert.FromHexString(hex);
        var publicKey = PublicKey.CreateFromSubjectPublicKeyInfo([0x30, (byte)(key.Length + 10), 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, (byte)(key.Length + 1), 0, .. key], out _);
        using var authority = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest(new X500DistinguishedName("CN=Ed25519"), publicKey, HashAlgorithmName.SHA256).Create(
            new X500DistinguishedName("CN=CA"), X509SignatureGenerator.CreateForECDsa(authority), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(99), [1]);
    }

    private sealed record DotNetSignature(AsymmetricAlgorithm Key, SignatureAlgorithm Algorithm, byte[] Digest, byte[] Signature) : IDisposable
    {
        public X509Certificate2 Certificate { get; } = KeyFiles.Certify(Key);

        public static DotNetSignature Make(string kind, SignatureAlgorithm algorithm)
        {
            AsymmetricAlgorithm key = KeyFiles.CreateKey(kind);
            byte[] digest = CryptographicOperations.HashData(algorithm.Hash, s_message);
            byte[] signature = key is ECDsa ecdsa
                ? ecdsa.SignHash(digest, DSASignatureFormat.Rfc3279DerSequence)
                : ((RSA)key).SignHash(digest, algorithm.Hash, algorithm.RsaPadding);
            return new DotNetSignature(key, algorithm, digest, signature);
        }

        public void Dispose()
        {
            Certificate.Dispose();
            Key.Dispose();
        }
    }
}
