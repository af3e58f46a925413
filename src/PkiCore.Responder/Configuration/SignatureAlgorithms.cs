using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Responder.Configuration;

/// <summary>Finds signature algorithms by their names.</summary>
internal static class SignatureAlgorithms
{
    private static readonly SignatureAlgorithm[] s_all =
    [
        SignatureAlgorithm.EcdsaWithSha256, SignatureAlgorithm.EcdsaWithSha384, SignatureAlgorithm.EcdsaWithSha512,
        SignatureAlgorithm.RsaWithSha256, SignatureAlgorithm.RsaWithSha384, SignatureAlgorithm.RsaWithSha512,
        SignatureAlgorithm.RsaPssWithSha256, SignatureAlgorithm.RsaPssWithSha384, SignatureAlgorithm.RsaPssWithSha512,
        SignatureAlgorithm.Ed25519,
    ];

    public static string Names => string.Join(", ", s_all.Select(algorithm => algorithm.Name));

    public static SignatureAlgorithm? Find(string name) => Array.Find(s_all, algorithm => algorithm.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Refuses an algorithm for another kind of key before a token sees it: SoftHSM 2.6.1 crashes.</summary>
    /// <exception cref="SigningException">It is for another kind of key.</exception>
    public static void EnsureFits(SignatureAlgorithm? algorithm, PublicKey key)
    {
        try
        {
            _ = algorithm is null ? null : new SignatureVerifier(key, algorithm);
        }
        catch (CryptographicException e)
        {
            throw new SigningException($"The algorithm {algorithm} is for another kind of key.", e);
        }
    }
}
