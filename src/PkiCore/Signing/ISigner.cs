using System.Security.Cryptography.X509Certificates;
using PkiCore.X509;

namespace PkiCore.Signing;

/// <summary>
/// A private key and the certificate of its public key. Signing is synchronous and may block, for as long as the caller allows;
/// the threads are the caller's. An implementation is safe for use from several threads.
/// </summary>
public interface ISigner
{
    /// <summary>The certificate of the key.</summary>
    X509Certificate2 Certificate { get; }

    /// <summary>How signatures are made.</summary>
    SignatureAlgorithm Algorithm { get; }

    /// <summary><see langword="true"/>: <see cref="Sign"/> takes the digest by <see cref="SignatureAlgorithm.Hash"/> (RSA, ECDSA);
    /// <see langword="false"/>: it takes the message (EdDSA, ML-DSA).</summary>
    bool PreHash { get; }

    /// <summary>The longest signature in bytes, as it stands in the BIT STRING.</summary>
    int MaxSignatureLength { get; }

    /// <summary>How many concurrent callers pay off; at least 1.</summary>
    int Parallelism { get; }

    /// <summary>Signs, on the calling thread.</summary>
    /// <param name="input">A digest or a message, see <see cref="PreHash"/>.</param>
    /// <param name="signature">Receives the signature; at least <see cref="MaxSignatureLength"/> bytes.</param>
    /// <param name="timeout">How long the call may wait for a free key or device.</param>
    /// <returns>The length of the signature.</returns>
    /// <exception cref="SigningException">No signature was made.</exception>
    int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout);
}
