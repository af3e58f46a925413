using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Tests.Signing;

/// <summary>A certificate and its key in files, in the form that a test asks for.</summary>
internal sealed class KeyFiles : IDisposable
{
    public const string Passphrase = "correct horse battery staple";

    private readonly TemporaryDirectory _directory = new();

    public KeyFiles(AsymmetricAlgorithm key)
    {
        Key = key;
        using X509Certificate2 certificate = Certify(key);
        File.WriteAllText(CertificatePath, certificate.ExportCertificatePem());
    }

    public AsymmetricAlgorithm Key { get; }

    public string CertificatePath => _directory.File("signer.pem");

    public string KeyPath => _directory.File("signer.key");

    public static AsymmetricAlgorithm CreateKey(string kind) => kind switch
    {
        "P-256" => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        "P-384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        "P-521" => ECDsa.Create(ECCurve.NamedCurves.nistP521),
        "RSA-1024" => RSA.Create(1024),
        _ => RSA.Create(2048),
    };

    public static X509Certificate2 Certify(AsymmetricAlgorithm key)
    {
        var request = new CertificateRequest(new X500DistinguishedName("CN=Key files"), new PublicKey(key), HashAlgorithmName.SHA256);
        using var authority = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(authority), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(99), [1]);
    }

    public string Export(string form) => form switch
    {
        "PKCS#8" => Key.ExportPkcs8PrivateKeyPem(),
        "encrypted PKCS#8" => ExportEncrypted(),
        _ => Key is ECDsa ec ? ec.ExportECPrivateKeyPem() : ((RSA)Key).ExportRSAPrivateKeyPem(),
    };

    public string ExportEncrypted() =>
        Key.ExportEncryptedPkcs8PrivateKeyPem(Passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));

    public void Dispose()
    {
        Key.Dispose();
        _directory.Dispose();
    }
}
