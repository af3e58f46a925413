using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PkiCore.X509;

/// <summary>A public key that verifies: .NET's, or OpenSSL's for Ed25519, which .NET lacks. Used by one thread at a time.</summary>
internal sealed class PublicKeyVerifier : IDisposable
{
    private readonly SignatureAlgorithm _algorithm;
    private readonly IDisposable _key;

    /// <summary>Takes the key of a certificate; its point may be compressed, which <see cref="PublicKey"/> cannot read.</summary>
    /// <exception cref="CryptographicException">The key is not one for the algorithm.</exception>
    public PublicKeyVerifier(X509Certificate2 certificate, SignatureAlgorithm algorithm)
        : this(certificate.PublicKey, algorithm, certificate.GetECDsaPublicKey, certificate.GetRSAPublicKey)
    {
    }

    /// <exception cref="CryptographicException">The key is not one for the algorithm.</exception>
    public PublicKeyVerifier(PublicKey publicKey, SignatureAlgorithm algorithm)
        : this(publicKey, algorithm, publicKey.GetECDsaPublicKey, publicKey.GetRSAPublicKey)
    {
    }

    private PublicKeyVerifier(PublicKey publicKey, SignatureAlgorithm algorithm, Func<ECDsa?> getEcdsa, Func<RSA?> getRsa)
    {
        _algorithm = algorithm;
        IDisposable? key = algorithm.Scheme switch
        {
            SignatureScheme.Ecdsa => WithoutWrapper(getEcdsa()),
            SignatureScheme.EdDsa when !OperatingSystem.IsWindows() && publicKey.Oid.Value == SignatureAlgorithm.Ed25519Oid => new Ed25519PublicKey(publicKey.EncodedKeyValue.RawData),
            SignatureScheme.EdDsa => null,
            _ => getRsa(),
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

    /// <summary>What .NET gives out as the key of a certificate is a wrapper that allocates for each verification.</summary>
    private static ECDsa? WithoutWrapper(ECDsa? wrapper)
    {
        if (wrapper is null || OperatingSystem.IsWindows() || LibCrypto.Problem is not null)
        {
            return wrapper;
        }

        using (wrapper)
        {
            var key = new ECDsaOpenSsl();
            key.ImportParameters(wrapper.ExportParameters(includePrivateParameters: false));
            return key;
        }
    }
}
