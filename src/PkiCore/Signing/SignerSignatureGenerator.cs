using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.X509;

namespace PkiCore.Signing;

/// <summary>Signs, as <see cref="ISigner.Sign"/> does.</summary>
internal delegate int SignFunction(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority);

/// <summary>Lets <see cref="CertificateRequest"/> sign with a key that is kept elsewhere.</summary>
internal sealed class SignerSignatureGenerator(PublicKey publicKey, SignatureAlgorithm algorithm, int maxSignatureLength, SignFunction sign) : X509SignatureGenerator
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm)
    {
        CheckHash(hashAlgorithm);
        return algorithm.Encoded.ToArray();
    }

    public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm)
    {
        CheckHash(hashAlgorithm);
        byte[] input = algorithm.Scheme == SignatureScheme.EdDsa ? data : CryptographicOperations.HashData(algorithm.Hash, data);
        byte[] signature = new byte[maxSignatureLength];
        return signature[..sign(input, signature, s_timeout, SigningPriority.Live)];
    }

    protected override PublicKey BuildPublicKey() => publicKey;

    private void CheckHash(HashAlgorithmName hashAlgorithm)
    {
        if (algorithm.Scheme != SignatureScheme.EdDsa && hashAlgorithm != algorithm.Hash)
        {
            throw new ArgumentException($"This key signs with {algorithm}, not with {hashAlgorithm}.", nameof(hashAlgorithm));
        }
    }
}
