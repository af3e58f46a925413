using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Tests.Signing;

[UnsupportedOSPlatform("windows")]
public sealed class SoftwareSignerAlgorithmTests
{
    public static TheoryData<string, SignatureAlgorithm> Algorithms() => SoftwareKeys.Algorithms();

    public static TheoryData<string, SignatureAlgorithm> UnfitAlgorithms() => new()
    {
        { "P-256", SignatureAlgorithm.RsaWithSha256 },
        { "P-256", SignatureAlgorithm.RsaPssWithSha256 },
        { "P-256", SignatureAlgorithm.Ed25519 },
        { "RSA-2048", SignatureAlgorithm.EcdsaWithSha256 },
        { "RSA-2048", SignatureAlgorithm.Ed25519 },
        { "RSA-2048", SignatureAlgorithm.RsaWithSha1 },
    };

    [Theory]
    [Requirement("RS-19")]
    [MemberData(nameof(Algorithms))]
    public void Without_libcrypto_NETs_classes_sign_with_the_same_algorithms(string kind, SignatureAlgorithm algorithm)
    {
        using DotNetSigner signer = SoftwareKeys.DotNet(kind, algorithm);

        Assert.Equal(Environment.ProcessorCount, signer.Parallelism);
        for (int i = 0; i < 2 * signer.Parallelism; i++)
        {
            Assert.True(SoftwareKeys.IsValid(signer.Certificate, algorithm, SoftwareKeys.Sign(signer)));
        }
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void A_key_file_signs_with_the_algorithm_that_was_asked_for(string kind, SignatureAlgorithm algorithm)
    {
        using var files = new KeyFiles(KeyFiles.CreateKey(kind));
        File.WriteAllText(files.KeyPath, files.ExportEncrypted());

        using ISigner signer = SoftwareSigner.FromPemFiles(files.CertificatePath, files.KeyPath, KeyFiles.Passphrase, algorithm);

        Assert.Same(algorithm, signer.Algorithm);
        Assert.True(SoftwareKeys.IsValid(signer.Certificate, algorithm, SoftwareKeys.Sign(signer)));
    }

    [Theory]
    [Requirement("OX-9")]
    [MemberData(nameof(UnfitAlgorithms))]
    public void An_algorithm_that_does_not_fit_the_key_is_refused_by_name(string kind, SignatureAlgorithm algorithm)
    {
        ArgumentNullException.ThrowIfNull(algorithm);
        using var files = new KeyFiles(KeyFiles.CreateKey(kind));
        File.WriteAllText(files.KeyPath, files.Export("PKCS#8"));

        var refusal = Assert.Throws<SigningException>(() => SoftwareSigner.FromPemFiles(files.CertificatePath, files.KeyPath, algorithm: algorithm));

        Assert.Contains(files.KeyPath, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(algorithm.Name, refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new DotNetSigner(files.Key, KeyFiles.Certify(files.Key), algorithm));
    }

    [Theory]
    [Requirement("RS-18")]
    [InlineData(true)]
    [InlineData(false)]
    public void A_certificate_with_a_compressed_point_fits_its_key_and_no_other(bool own)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = CertifyCompressed(key);
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("certificate"), certificate.ExportCertificatePem());
        File.WriteAllText(directory.File("key"), (own ? key : other).ExportPkcs8PrivateKeyPem());

        if (own)
        {
            using ISigner signer = SoftwareSigner.FromPemFiles(directory.File("certificate"), directory.File("key"));
            Assert.True(SoftwareKeys.IsValid(certificate, signer.Algorithm, SoftwareKeys.Sign(signer)));
        }
        else
        {
            Assert.Throws<SigningException>(() => SoftwareSigner.FromPemFiles(directory.File("certificate"), directory.File("key")));
        }
    }

    [Fact]
    public void Which_library_signs_is_logged_no_more_than_once()
    {
        using var files = new KeyFiles(KeyFiles.CreateKey("P-256"));
        File.WriteAllText(files.KeyPath, files.Export("PKCS#8"));
        var logger = new CountingLogger();

        SoftwareSigner.FromPemFiles(files.CertificatePath, files.KeyPath, logger: logger).Dispose();
        SoftwareSigner.FromPemFiles(files.CertificatePath, files.KeyPath, logger: logger).Dispose();

        (EventId id, string message) = Assert.Single(logger.Entries); // no other test of this process has a logger for it
        Assert.Equal(100, id.Id);
        Assert.Contains(LibCrypto.Problem is null ? "libcrypto" : LibCrypto.Problem, message, StringComparison.Ordinal);
    }

    private static X509Certificate2 CertifyCompressed(ECDsa key)
    {
        // SEC 1 2.3.3: 02 or 03 by the parity of Y, then X
        ECPoint point = key.ExportParameters(includePrivateParameters: false).Q;
        byte[] compressed = [(byte)(2 + (point.Y![^1] & 1)), .. point.X!];
        var full = new PublicKey(key);
        var publicKey = new PublicKey(full.Oid, full.EncodedParameters, new AsnEncodedData(full.Oid, compressed));
        using var authority = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest(new X500DistinguishedName("CN=Compressed"), publicKey, HashAlgorithmName.SHA256).Create(
            new X500DistinguishedName("CN=CA"), X509SignatureGenerator.CreateForECDsa(authority), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(99), [1]);
    }

    private sealed class CountingLogger : ILogger
    {
        public List<(EventId Id, string Message)> Entries { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Entries.Add((eventId, formatter(state, exception)));
    }
}
