using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Pkcs11;
using PkiCore.Responder.Configuration;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary>Opens keys for the <c>hsm</c> commands, which need no certificate of them.</summary>
internal static class HsmKey
{
    /// <summary>Checks a URI and makes its paths absolute.</summary>
    /// <exception cref="ConfigurationException">It is none.</exception>
    public static string Check(string uri)
    {
        string absolute = KeyUri.MakePathsAbsolute(uri, Environment.CurrentDirectory);
        return KeyUri.FindFault(absolute) is { } fault ? throw new ConfigurationException(fault) : absolute; // without the URI: there may be a PIN in it
    }

    /// <summary>Opens a key, with its certificate if there is one, and signs once.</summary>
    /// <exception cref="SigningException">The key cannot be used.</exception>
    public static Pkcs11Signer Open(string uri, X509Certificate2? certificate, SignatureAlgorithm? algorithm, Pkcs11Options options)
    {
        using var token = Pkcs11Token.Open(uri, options);
        IReadOnlyList<Pkcs11Key> keys = token.FindKeys();
        if (keys is not [var key])
        {
            throw new SigningException(keys.Count == 0 ? $"There is no such private key on the token '{token.Label}'; 'hsm list' shows those there are."
                : $"{keys.Count} private keys on the token '{token.Label}' fit; say which with object= and id=.");
        }

        return key.CreateSigner(certificate ?? key.Certificate ?? Certify(key, algorithm), algorithm);
    }

    /// <summary>What to say of a fault; <see langword="null"/> for a fault of the program.</summary>
    public static string? Describe(Exception fault) => fault is SigningException or ArgumentException or CryptographicException or IOException or UnauthorizedAccessException ? fault.Message : null;

    /// <summary>The key certifies itself; the certificate is for nobody but the signer, which knows its public key by it.</summary>
    private static X509Certificate2 Certify(Pkcs11Key key, SignatureAlgorithm? algorithm)
    {
        PublicKey publicKey = key.PublicKey ?? throw new SigningException($"The token has neither a public key nor a certificate for the key '{key.Label}'; name its certificate with --certificate.");
        HashAlgorithmName hash = SignatureAlgorithm.Choose(publicKey, algorithm).Hash; // the generator signs with no other
        var request = new CertificateRequest(new X500DistinguishedName("CN=PkiCore hsm"), publicKey, hash.Name is null ? HashAlgorithmName.SHA256 : hash);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.Create(request.SubjectName, key.ToSignatureGenerator(algorithm), now, now.AddDays(1), [1]);
    }
}
