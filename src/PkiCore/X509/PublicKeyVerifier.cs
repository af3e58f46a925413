using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PkiCore.X509;

/// <summary>A public key that verifies: .NET's, or OpenSSL's for Ed25519, which .NET lacks. Used by one thread at a time.</summary>
internal sealed class PublicKeyVerifier : IDisposable
{
    private const string EcPublicKeyOid = "1.2.840.10045.2.1"; // not those for ECDH and ECMQV alone (RFC 5480 2.1.2)

    private readonly SignatureAlgorithm _algorithm;
    private readonly IDisposable _key;

    /// <exception cref="CryptographicException">The key is not one for the algorithm.</exception>
    public PublicKeyVerifier(PublicKey publicKey, SignatureAlgorithm algorithm)
    {
        _algorithm = algorithm;
        IDisposable? key = algorithm.Scheme switch
        {
            SignatureScheme.Ecdsa => CreateEcdsa(publicKey),
            SignatureScheme.EdDsa when !OperatingSystem.IsWindows() && publicKey.Oid.Value == SignatureAlgorithm.Ed25519Oid => new Ed25519PublicKey(publicKey.EncodedKeyValue.RawData),
            SignatureScheme.EdDsa => null,
            _ => publicKey.GetRSAPublicKey(),
        };
        _key = key ?? throw new CryptographicException($"A public key of type {publicKey.Oid.FriendlyName ?? publicKey.Oid.Value} does not verify {algorithm} here.");
    }

    /// <param name="input">The digest; the message for Ed25519.</param>
    /// <param name="signature">As it stands in the BIT STRING.</param>
    public bool Verify(ReadOnlySpan<byte> input, ReadOnlySpan<byte> signature)
    {
        try
        {
            return _key switch
            {
                ECDsa ecdsa => ecdsa.VerifyHash(input, signature, DSASignatureFormat.Rfc3279DerSequence),
                RSA rsa => rsa.VerifyHash(input, signature, _algorithm.Hash, _algorithm.RsaPadding),
                _ => !OperatingSystem.IsWindows() && ((Ed25519PublicKey)_key).Verify(input, signature),
            };
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    public void Dispose() => _key.Dispose();

    /// <summary>What <see cref="PublicKey.GetECDsaPublicKey"/> gives out is a wrapper that allocates for each verification.</summary>
    private static ECDsa? CreateEcdsa(PublicKey publicKey)
    {
        if (OperatingSystem.IsWindows() || LibCrypto.Problem is not null || publicKey.Oid.Value != EcPublicKeyOid)
        {
            return publicKey.GetECDsaPublicKey();
        }

        var key = new ECDsaOpenSsl();
        try
        {
            key.ImportSubjectPublicKeyInfo(publicKey.ExportSubjectPublicKeyInfo(), out _);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}
