using PkiCore.X509;

namespace PkiCore.Responder.Configuration;

/// <summary>Finds signature algorithms by their names.</summary>
internal static class SignatureAlgorithms
{
    public static string Names => string.Join(", ", SignatureAlgorithm.All.Select(algorithm => algorithm.Name));

    public static SignatureAlgorithm? Find(string name) => SignatureAlgorithm.All.FirstOrDefault(algorithm => algorithm.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
