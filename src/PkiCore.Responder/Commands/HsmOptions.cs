using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Responder.Configuration;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary>What the <c>hsm</c> commands have in common.</summary>
internal static class HsmOptions
{
    public static Option<string> Algorithm()
    {
        var option = new Option<string>("--algorithm") { Description = $"How to sign; what suits the key if left out. One of {SignatureAlgorithms.Names}", HelpName = "NAME" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var name }] && Find(name) is null)
            {
                result.AddError($"--algorithm: '{name}' is no signature algorithm; there are {SignatureAlgorithms.Names}.");
            }
        });
        return option;
    }

    public static SignatureAlgorithm? Find(string? name) => name is null ? null : SignatureAlgorithms.Find(name);

    public static X509Certificate2 LoadCertificate(string path)
    {
        try
        {
            return CertificateFile.Load(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ConfigurationException($"--certificate: {e.Message}", e);
        }
    }
}
