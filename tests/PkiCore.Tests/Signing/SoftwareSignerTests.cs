using System.Security.Cryptography;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Tests.Signing;

public sealed class SoftwareSignerTests
{
    [Theory]
    [InlineData("P-256", "PKCS#8")]
    [InlineData("P-256", "encrypted PKCS#8")]
    [InlineData("P-256", "traditional")]
    [InlineData("P-384", "PKCS#8")]
    [InlineData("P-521", "traditional")]
    [InlineData("RSA-2048", "PKCS#8")]
    [InlineData("RSA-2048", "encrypted PKCS#8")]
    [InlineData("RSA-2048", "traditional")]
    [Requirement("RS-19")]
    public void A_key_file_signs(string kind, string form)
    {
        using var files = new KeyFiles(KeyFiles.CreateKey(kind));
        File.WriteAllText(files.KeyPath, files.Export(form));

        using ISigner signer = SoftwareSigner.FromPemFiles(files.CertificatePath, files.KeyPath, KeyFiles.Passphrase);

        AssertSigns(signer);
        Assert.Equal(Environment.ProcessorCount, signer.Parallelism);
    }

    [Theory]
    [InlineData("P-256", "ecdsa-with-SHA256")]
    [InlineData("P-384", "ecdsa-with-SHA384")]
    [InlineData("P-521", "ecdsa-with-SHA512")]
    [InlineData("RSA-2048", "sha256WithRSAEncryption")]
    public void The_algorithm_suits_the_key(string kind, string algorithm)
    {
        AsymmetricAlgorithm key = KeyFiles.CreateKey(kind);
        using var signer = new DotNetSigner(key, KeyFiles.Certify(key));

        Assert.Equal(algorithm, signer.Algorithm.Name);
    }

    [Fact]
    public void Other_blocks_in_the_key_file_do_not_matter()
    {
        using var files = new KeyFiles(KeyFiles.CreateKey("P-256"));
        File.WriteAllText(files.KeyPath, File.ReadAllText(files.CertificatePath) + "\n" + files.ExportEncrypted());

        using ISigner signer = SoftwareSigner.FromPemFiles(files.CertificatePath, files.KeyPath, KeyFiles.Passphrase);

        AssertSigns(signer);
    }

    [Theory]
    [InlineData("", "no passphrase was given")]
    [InlineData("wrong horse", "")]
    public void An_encrypted_key_needs_its_passphrase(string passphrase, string expected)
    {
        using var files = new KeyFiles(KeyFiles.CreateKey("P-256"));
        File.WriteAllText(files.KeyPath, files.ExportEncrypted());

        SigningException refusal = AssertRefused(files, passphrase);

        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_RSA_key_under_2048_bits_is_refused()
    {
        using var files = new KeyFiles(KeyFiles.CreateKey("RSA-1024"));
        File.WriteAllText(files.KeyPath, files.Export("PKCS#8"));

        Assert.Contains("1024", AssertRefused(files).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("P-256", "P-256")]
    [InlineData("RSA-2048", "RSA-2048")]
    [InlineData("P-256", "P-384")]
    [InlineData("P-256", "RSA-2048")]
    [InlineData("RSA-2048", "P-256")]
    [Requirement("RS-18")]
    public void A_key_that_is_not_the_certificates_is_refused(string certified, string given)
    {
        using var files = new KeyFiles(KeyFiles.CreateKey(certified));
        using AsymmetricAlgorithm other = KeyFiles.CreateKey(given);
        File.WriteAllText(files.KeyPath, other.ExportPkcs8PrivateKeyPem());

        AssertRefused(files);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a key\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN PRIVATE KEY-----\n????\n-----END PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n")] // Ed25519
    public void A_file_without_a_fitting_key_is_refused(string text)
    {
        using var files = new KeyFiles(KeyFiles.CreateKey("P-256"));
        File.WriteAllText(files.KeyPath, text);

        AssertRefused(files);
    }

    [Fact]
    public void A_key_encrypted_in_the_old_way_is_refused_with_advice()
    {
        using var files = new KeyFiles(KeyFiles.CreateKey("P-256"));
        File.WriteAllText(files.KeyPath, "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n");

        Assert.Contains("openssl pkcs8 -topk8", AssertRefused(files).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_an_IO_fault_that_names_it()
    {
        using var files = new KeyFiles(KeyFiles.CreateKey("P-256"));

        var fault = Assert.ThrowsAny<IOException>(() => SoftwareSigner.FromPemFiles(files.CertificatePath, files.KeyPath));

        Assert.Contains(files.KeyPath, fault.Message, StringComparison.Ordinal);
    }

    /// <summary>The message names the file and gives away nothing.</summary>
    private static SigningException AssertRefused(KeyFiles files, string passphrase = "")
    {
        var refusal = Assert.Throws<SigningException>(() => SoftwareSigner.FromPemFiles(files.CertificatePath, files.KeyPath, passphrase));
        Assert.Contains(files.KeyPath, refusal.Message, StringComparison.Ordinal);
        string everything = refusal.ToString();
        Assert.True(passphrase.Length == 0 || !everything.Contains(passphrase, StringComparison.Ordinal));
        IEnumerable<string> secrets = File.ReadLines(files.KeyPath).Where(line => line.Length > 16 && !line.StartsWith('-') && !line.Contains(':', StringComparison.Ordinal));
        Assert.All(secrets, line => Assert.DoesNotContain(line, everything, StringComparison.Ordinal));
        return refusal;
    }

    private static void AssertSigns(ISigner signer)
    {
        byte[] message = "what is signed"u8.ToArray();
        byte[] digest = CryptographicOperations.HashData(signer.Algorithm.Hash, message);
        byte[] signature = new byte[signer.MaxSignatureLength];
        for (int i = 0; i < 2 * signer.Parallelism; i++)
        {
            int length = signer.Sign(digest, signature, TimeSpan.FromSeconds(10), SigningPriority.Live);
            Assert.True(SignatureVerifier.Verify(signer.Certificate, signer.Algorithm, message, signature.AsSpan(0, length)));
        }
    }
}
