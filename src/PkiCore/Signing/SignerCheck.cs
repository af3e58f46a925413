using System.Security.Cryptography;
using PkiCore.X509;

namespace PkiCore.Signing;

/// <summary>Finds out whether a signer signs, by one signature.</summary>
internal static class SignerCheck
{
    private static readonly byte[] s_message = [.. "PkiCore checks a signer"u8];

    /// <summary>Signs once and verifies the signature with the signer's certificate.</summary>
    /// <exception cref="SigningException">No signature was made.</exception>
    public static bool Passes(ISigner signer, TimeSpan timeout)
    {
        byte[] input = signer.PreHash ? CryptographicOperations.HashData(signer.Algorithm.Hash, s_message) : s_message;
        byte[] signature = new byte[signer.MaxSignatureLength];
        int length = signer.Sign(input, signature, timeout, SigningPriority.Live);
        return SignatureVerifier.Verify(signer.Certificate, signer.Algorithm, s_message, signature.AsSpan(0, length));
    }
}
