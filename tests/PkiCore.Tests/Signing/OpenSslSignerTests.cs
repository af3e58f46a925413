using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Security;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Tests.Signing;

[UnsupportedOSPlatform("windows")]
public sealed class OpenSslSignerTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly byte[] s_message = [.. "message"u8];

    public static TheoryData<string, string, string> Algorithms => new()
    {
        { "P-256", "ecdsa-with-SHA256", "SHA-256withECDSA" },
        { "P-384", "ecdsa-with-SHA384", "SHA-384withECDSA" },
        { "P-521", "ecdsa-with-SHA512", "SHA-512withECDSA" },
        { "P-256", "ecdsa-with-SHA512", "SHA-512withECDSA" },
        { "RSA-2048", "sha256WithRSAEncryption", "SHA-256withRSA" },
        { "RSA-2048", "sha384WithRSAEncryption", "SHA-384withRSA" },
        { "RSA-2048", "sha512WithRSAEncryption", "SHA-512withRSA" },
        { "RSA-2048", "RSASSA-PSS-SHA256", "SHA-256withRSAandMGF1" },
        { "RSA-2048", "RSASSA-PSS-SHA384", "SHA-384withRSAandMGF1" },
        { "RSA-2048", "RSASSA-PSS-SHA512", "SHA-512withRSAandMGF1" },
    };

    [Theory]
    [MemberData(nameof(Algorithms))]
    [Requirement("RS-19")]
    public void BouncyCastle_verifies_what_either_library_signs(string kind, string algorithm, string bouncyAlgorithm)
    {
        using AsymmetricAlgorithm key = KeyFiles.CreateKey(kind);
        using X509Certificate2 certificate = KeyFiles.Certify(key);
        foreach (ISigner signer in CreateBoth(key, certificate, Named(algorithm)))
        {
            using (signer)
            {
                byte[] signature = Sign(signer);

                Org.BouncyCastle.Crypto.ISigner verifier = SignerUtilities.GetSigner(bouncyAlgorithm);
                verifier.Init(forSigning: false, PublicKeyFactory.CreateKey(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
                verifier.BlockUpdate(s_message, 0, s_message.Length);
                Assert.True(verifier.VerifySignature(signature));
                Assert.True(SignatureVerifier.Verify(certificate, signer.Algorithm, s_message, signature));
                Assert.Equal(algorithm, signer.Algorithm.Name);
            }
        }
    }

    [Theory]
    [InlineData("P-256", "sha256WithRSAEncryption")]
    [InlineData("RSA-2048", "ecdsa-with-SHA256")]
    [InlineData("RSA-2048", "Ed25519")]
    [InlineData("RSA-2048", "sha1WithRSAEncryption")]
    public void An_algorithm_that_is_not_one_for_the_key_is_refused(string kind, string algorithm)
    {
        using AsymmetricAlgorithm key = KeyFiles.CreateKey(kind);
        using X509Certificate2 certificate = KeyFiles.Certify(key);

        Assert.Contains(algorithm, Assert.Throws<ArgumentException>(() => SoftwareSigner.FromOpenSsl(certificate, key.ExportPkcs8PrivateKeyPem(), default, Named(algorithm))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => SoftwareSigner.FromDotNet(certificate, key.ExportPkcs8PrivateKeyPem(), default, Named(algorithm)));
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("RSA-2048")]
    public async Task Eight_threads_sign_at_once(string kind)
    {
        using ISigner signer = Create(kind);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                Assert.True(SignatureVerifier.Verify(signer.Certificate, signer.Algorithm, s_message, Sign(signer)));
            }
        })));
    }

    [Fact]
    public async Task Disposed_while_others_sign_it_ends_their_calls_or_fails_them_by_name()
    {
        for (int round = 0; round < 5; round++)
        {
            ISigner signer = Create("P-256");
            using var started = new CountdownEvent(4);
            Task[] signing = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                Sign(signer);
                started.Signal();
                Assert.Contains("disposed", SignUntilRefused(signer).Message, StringComparison.Ordinal);
            }))];
            Assert.True(started.Wait(s_patience, TestContext.Current.CancellationToken));

            signer.Dispose();

            await Task.WhenAll(signing).WaitAsync(s_patience, TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("RSA-2048")]
    public void A_signature_allocates_nothing(string kind)
    {
        using ISigner signer = Create(kind);
        byte[] digest = SHA256.HashData(s_message);
        byte[] signature = new byte[signer.MaxSignatureLength];

        AllocationBudget.Assert("sign with a key from a file", () => signer.Sign(digest, signature, s_patience, SigningPriority.Batch));
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("RSA-2048")]
    public void A_verification_allocates_nothing(string kind)
    {
        using ISigner signer = Create(kind);
        byte[] digest = SHA256.HashData(s_message);
        byte[] signature = Sign(signer);
        var verifier = new SignatureVerifier(signer.Certificate, signer.Algorithm);

        AllocationBudget.Assert("verify a signature", () => Assert.True(verifier.Verify(digest, signature)));
        signature[^1] ^= 1;
        Assert.False(verifier.Verify(digest, signature));
    }

    [Fact]
    public void A_buffer_that_is_too_short_is_refused_before_anything_is_written()
    {
        using ISigner signer = Create("RSA-2048");
        byte[] signature = new byte[signer.MaxSignatureLength - 1];

        Assert.Throws<ArgumentException>(() => signer.Sign(SHA256.HashData(s_message), signature, s_patience, SigningPriority.Live));
        Assert.All(signature, octet => Assert.Equal(0, octet));
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("RSA-2048")]
    public void A_digest_of_the_wrong_length_is_refused(string kind)
    {
        using ISigner signer = Create(kind);

        var refusal = Assert.Throws<ArgumentException>(() => signer.Sign(new byte[31], new byte[256], s_patience, SigningPriority.Live));

        Assert.Contains("32 bytes, not 31", refusal.Message, StringComparison.Ordinal);
        Assert.NotEmpty(Sign(signer));
    }

    [Fact]
    public void Signer_and_certificate_disposed_it_still_says_whose_key_it_was()
    {
        ISigner signer = Create("P-256");
        signer.Certificate.Dispose();
        signer.Dispose();

        Assert.Contains("CN=Key files", Assert.Throws<SigningException>(() => signer.Sign(new byte[32], new byte[80], s_patience, SigningPriority.Live)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_versions_of_OpenSSL_in_one_process_are_told_apart()
    {
        Assert.Null(LibCrypto.FindMismatch(0x30000160, 0x30000160));
        Assert.Contains("0x30500010", LibCrypto.FindMismatch(0x30500010, 0x30000160), StringComparison.Ordinal);
        Assert.Null(LibCrypto.Problem);
    }

    [Fact]
    public void A_key_from_a_file_signs_through_OpenSSL_here()
    {
        using var files = new KeyFiles(KeyFiles.CreateKey("P-256"));
        File.WriteAllText(files.KeyPath, files.Export("PKCS#8"));

        using ISigner signer = SoftwareSigner.FromPemFiles(files.CertificatePath, files.KeyPath);

        Assert.IsType<OpenSslSigner>(signer);
    }

    private static ISigner Create(string kind)
    {
        using AsymmetricAlgorithm key = KeyFiles.CreateKey(kind);
        return SoftwareSigner.FromOpenSsl(KeyFiles.Certify(key), key.ExportPkcs8PrivateKeyPem(), default, algorithm: null);
    }

    private static IEnumerable<ISigner> CreateBoth(AsymmetricAlgorithm key, X509Certificate2 certificate, SignatureAlgorithm algorithm) =>
    [
        SoftwareSigner.FromOpenSsl(certificate, key.ExportPkcs8PrivateKeyPem(), default, algorithm),
        SoftwareSigner.FromDotNet(certificate, key.ExportPkcs8PrivateKeyPem(), default, algorithm),
    ];

    private static SignatureAlgorithm Named(string name) => SignatureAlgorithm.All.Append(SignatureAlgorithm.RsaWithSha1).Single(algorithm => algorithm.Name == name);

    private static SigningException SignUntilRefused(ISigner signer)
    {
        try
        {
            while (true)
            {
                Assert.True(SignatureVerifier.Verify(signer.Certificate, signer.Algorithm, s_message, Sign(signer)));
            }
        }
        catch (SigningException e)
        {
            return e;
        }
    }

    private static byte[] Sign(ISigner signer)
    {
        byte[] signature = new byte[signer.MaxSignatureLength];
        byte[] digest = CryptographicOperations.HashData(signer.Algorithm.Hash, s_message);
        return signature[..signer.Sign(digest, signature, s_patience, SigningPriority.Live)];
    }
}
