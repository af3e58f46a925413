using System.Security.Cryptography;
using PkiCore.Responder.Configuration;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Responder.Hosting;

/// <summary>One CA of the configuration with what its files gave.</summary>
/// <param name="Settings">Its settings.</param>
/// <param name="Files">What its files looked like when they were read.</param>
/// <param name="Issuer">The CA; <see langword="null"/> when its certificate could not be read.</param>
/// <param name="Signer">The signer; <see langword="null"/> when it could not be loaded.</param>
/// <param name="Fault">Why something is missing.</param>
internal sealed record LoadedIssuer(IssuerSettings Settings, string Files, Issuer? Issuer, ISigner? Signer, string? Fault);

/// <summary>Loads certificates and keys; a fault of one CA is kept with it.</summary>
internal static class IssuerLoader
{
    public static LoadedIssuer Load(IssuerSettings settings, bool mayAsk)
    {
        string files = Fingerprint(settings);
        Issuer? issuer = null;
        try
        {
            issuer = Issuer.FromPemFile(settings.Certificate);
            string certificate = settings.Signer.Certificate.Length > 0 ? settings.Signer.Certificate : settings.Certificate;
            string passphrase = PassphraseSource.Read(settings.Signer.Passphrase, settings.Signer.Key, mayAsk);
            return new LoadedIssuer(settings, files, issuer, SoftwareSigner.FromPemFiles(certificate, settings.Signer.Key, passphrase), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or SigningException or ConfigurationException)
        {
            return new LoadedIssuer(settings, files, issuer, null, e.Message);
        }
    }

    /// <summary>Changes when a file of the CA is replaced or edited.</summary>
    public static string Fingerprint(IssuerSettings settings)
    {
        string passphrase = settings.Signer.Passphrase.StartsWith(PassphraseSource.File, StringComparison.Ordinal) ? settings.Signer.Passphrase[PassphraseSource.File.Length..] : "";
        string[] paths = [settings.Certificate, settings.Signer.Certificate, settings.Signer.Key, passphrase];
        return string.Join('|', paths.Where(path => path.Length > 0).Select(FileState.Describe));
    }
}
