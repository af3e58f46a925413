using System.CommandLine;
using System.Security.Cryptography;
using PkiCore.Responder.Configuration;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary>What the commands on the database have in common.</summary>
internal static class DatabaseOptions
{
    public static Option<FileInfo> Config() => new("--config") { Description = "The configuration file (JSON) with the section Galera; docs/configuration.md describes it", HelpName = "FILE", Required = true };

    public static Option<FileInfo> Ca() => new("--ca", "--CA") { Description = "The certificate of the CA", HelpName = "FILE", Required = true };

    public static Option<bool> DryRun(string description = "Say what would be done, and change nothing") => new("--dry-run") { Description = description };

    /// <exception cref="ConfigurationException">It cannot be read.</exception>
    public static Issuer LoadIssuer(FileInfo file)
    {
        try
        {
            return Issuer.FromPemFile(file.FullName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ConfigurationException($"--ca: {e.Message}", e);
        }
    }

    /// <summary>The first of these users that the configuration has.</summary>
    /// <exception cref="ConfigurationException">There is none.</exception>
    public static GaleraUserSettings FindUser(GaleraSettings settings, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (settings.Users.FirstOrDefault(user => user.Name == name) is { Settings: { } found })
            {
                return found;
            }
        }

        throw new ConfigurationException($"Galera.{names[0]}: is missing; this command needs that user.");
    }
}
