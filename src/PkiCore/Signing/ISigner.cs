using System.Security.Cryptography.X509Certificates;
using PkiCore.X509;

namespace PkiCore.Signing;

/// <summary>
/// A private key and the certificate of its public key. Signing is synchronous and blocks the caller's thread. An implementation is safe
/// for use from several threads, and may be disposed while others sign: their calls end first, or fail.
/// </summary>
public interface ISigner : IDisposable
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

    /// <summary>What is wrong with the key's device just now, for people; <see langword="null"/> when nothing is known to be. Cheap to ask.</summary>
    string? Problem { get; }

    /// <summary>Signs, on the calling thread. A device that hangs keeps the thread; whoever cannot afford that writes the thread off.</summary>
    /// <param name="input">A digest or a message, see <see cref="PreHash"/>.</param>
    /// <param name="signature">Receives the signature; at least <see cref="MaxSignatureLength"/> bytes.</param>
    /// <param name="timeout">How long the call may wait for a free key or device, and go on trying.</param>
    /// <param name="priority">Who is served first when callers wait.</param>
    /// <returns>The length of the signature.</returns>
    /// <exception cref="SigningException">No signature was made.</exception>
    int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority);
}
