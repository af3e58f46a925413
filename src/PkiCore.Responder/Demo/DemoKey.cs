using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Responder.Demo;

/// <summary>A private key with the hash that fits it.</summary>
internal sealed class DemoKey : IDisposable
{
    private readonly AsymmetricAlgorithm _key;

    private DemoKey(AsymmetricAlgorithm key)
    {
        _key = key;
        PublicKey = new PublicKey(key);
        Hash = HashFor(key);
    }

    public PublicKey PublicKey { get; }

    /// <summary>The hash for signatures made with this key.</summary>
    public HashAlgorithmName Hash { get; }

    public static DemoKey Create(DemoKeyType type) => new(type switch
    {
        DemoKeyType.EcdsaP256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        DemoKeyType.EcdsaP384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        DemoKeyType.EcdsaP521 => ECDsa.Create(ECCurve.NamedCurves.nistP521),
        DemoKeyType.Rsa2048 => RSA.Create(2048),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "There is no such kind of key."),
    });

    /// <summary>Reads the private key that belongs to a certificate.</summary>
    public static DemoKey FromPemFile(string path, X509Certificate2 certificate)
    {
        bool isRsa = certificate.PublicKey.Oid.Value == "1.2.840.113549.1.1.1";
        AsymmetricAlgorithm key = isRsa ? RSA.Create() : ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            return new DemoKey(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    public X509SignatureGenerator CreateGenerator() => _key is RSA rsa
        ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1)
        : X509SignatureGenerator.CreateForECDsa((ECDsa)_key);

    public string ToPem() => _key.ExportPkcs8PrivateKeyPem() + "\n";

    public void Dispose() => _key.Dispose();

    // A hash as strong as the curve, so that no verifier finds the pair odd.
    private static HashAlgorithmName HashFor(AsymmetricAlgorithm key) => key switch
    {
        ECDsa { KeySize: 384 } => HashAlgorithmName.SHA384,
        ECDsa { KeySize: 521 } => HashAlgorithmName.SHA512,
        _ => HashAlgorithmName.SHA256,
    };
}
