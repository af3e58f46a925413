using System.Security.Cryptography.X509Certificates;

namespace PkiCore.X509;

/// <summary>How the signatures of one signer are kept: all have the same length. ECDSA signatures, which vary in DER, are two numbers side by side.</summary>
/// <param name="Length">The length.</param>
/// <param name="IsPair">Whether they are two numbers.</param>
internal readonly record struct StoredSignature(int Length, bool IsPair)
{
    public static StoredSignature Of(X509Certificate2 certificate, SignatureAlgorithm algorithm)
    {
        var size = KeySize.Of(certificate);
        bool isPair = algorithm.Scheme == SignatureScheme.Ecdsa;
        return new StoredSignature(isPair ? 2 * ((size.Bits + 7) / 8) : size.MaxSignatureLength, isPair);
    }

    /// <summary>Brings a signature, as it stands in a BIT STRING, into the form in which it is kept.</summary>
    /// <returns><see langword="false"/> when it is none by that key.</returns>
    public bool TryStore(ReadOnlySpan<byte> signature, Span<byte> stored)
    {
        if (IsPair)
        {
            return EcdsaSignatureValue.TryDecode(signature, stored[..Length]);
        }

        return signature.Length == Length && signature.TryCopyTo(stored);
    }

    /// <summary>Brings it back.</summary>
    /// <returns>The length; 0 when it is no signature.</returns>
    public int Restore(ReadOnlySpan<byte> stored, Span<byte> signature)
    {
        if (IsPair)
        {
            return EcdsaSignatureValue.Encode(stored, signature);
        }

        stored.CopyTo(signature);
        return stored.Length;
    }
}
