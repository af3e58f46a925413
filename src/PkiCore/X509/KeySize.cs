using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PkiCore.X509;

/// <summary>The sizes that follow from a public key.</summary>
internal static class KeySize
{
    private const int Ed25519SignatureLength = 64; // RFC 8032 5.1.6

    /// <summary>Its size in bits; 256 for Ed25519.</summary>
    public static int Of(PublicKey key)
    {
        using AsymmetricAlgorithm? asymmetric = (AsymmetricAlgorithm?)key.GetECDsaPublicKey() ?? key.GetRSAPublicKey();
        return asymmetric?.KeySize ?? 256;
    }

    /// <summary>The longest signature, as it stands in a BIT STRING.</summary>
    public static int MaxSignatureLength(PublicKey key)
    {
        using ECDsa? ecdsa = key.GetECDsaPublicKey();
        using RSA? rsa = key.GetRSAPublicKey();
        return ecdsa?.GetMaxSignatureSize(DSASignatureFormat.Rfc3279DerSequence) ?? (rsa is null ? Ed25519SignatureLength : (rsa.KeySize + 7) / 8);
    }
}
