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
}
