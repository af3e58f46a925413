using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Security;
using PkiCore.Signing;
using PkiCore.X509;
using ISigner = PkiCore.Signing.ISigner;

namespace PkiCore.Tests.Signing;

/// <summary>Algorithms with the keys they are for, and BouncyCastle to judge what is signed.</summary>
internal static class SoftwareKeys
{
    public static readonly byte[] Message = [.. "what is signed"u8];

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Each algorithm that signs, with the kind of key it is for.</summary>
    public static TheoryData<string, SignatureAlgorithm> Algorithms() => new()
    {
        { "P-256", SignatureAlgorithm.EcdsaWithSha256 },
        { "P-384", SignatureAlgorithm.EcdsaWithSha384 },
        { "P-521", SignatureAlgorithm.EcdsaWithSha512 },
        { "RSA-2048", SignatureAlgorithm.RsaWithSha256 },
        { "RSA-2048", SignatureAlgorithm.RsaWithSha384 },
        { "RSA-2048", SignatureAlgorithm.RsaWithSha512 },
        { "RSA-2048", SignatureAlgorithm.RsaPssWithSha256 },
        { "RSA-2048", SignatureAlgorithm.RsaPssWithSha384 },
        { "RSA-2048", SignatureAlgorithm.RsaPssWithSha512 },
    };

    public static DotNetSigner DotNet(string kind, SignatureAlgorithm? algorithm = null)
    {
        using AsymmetricAlgorithm key = KeyFiles.CreateKey(kind);
        return Assert.IsType<DotNetSigner>(SoftwareSigner.FromDotNet(KeyFiles.Certify(key), key.ExportPkcs8PrivateKeyPem(), default, algorithm));
    }

    public static byte[] Digest(ISigner signer) => CryptographicOperations.HashData(signer.Algorithm.Hash, Message);

    public static byte[] Sign(ISigner signer)
    {
        byte[] signature = new byte[signer.MaxSignatureLength];
        return signature[..signer.Sign(Digest(signer), signature, s_patience, SigningPriority.Live)];
    }

    /// <summary>BouncyCastle's opinion; its PSS has a salt as long as the hash, and refuses any other.</summary>
    public static bool IsValid(X509Certificate2 certificate, SignatureAlgorithm algorithm, byte[] signature)
    {
        string hash = algorithm.Hash.Name!.Replace("SHA", "SHA-", StringComparison.Ordinal);
        Org.BouncyCastle.Crypto.ISigner verifier = SignerUtilities.GetSigner(algorithm.Scheme switch
        {
            SignatureScheme.Ecdsa => $"{hash}withECDSA",
            SignatureScheme.RsaPss => $"{hash}withRSAandMGF1",
            _ => $"{hash}withRSA",
        });
        AsymmetricKeyParameter key = PublicKeyFactory.CreateKey(certificate.PublicKey.ExportSubjectPublicKeyInfo());
        verifier.Init(forSigning: false, key);
        verifier.BlockUpdate(Message, 0, Message.Length);
        return verifier.VerifySignature(signature);
    }
}
