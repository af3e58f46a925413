using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using PkiCore.X509;

namespace PkiCore.Signing;

/// <summary>Makes signers of keys kept in files.</summary>
public static partial class SoftwareSigner
{
    private static int s_choiceLogged;

    /// <summary>Loads a certificate and its private key. Signatures are made by OpenSSL's libcrypto where it is there, else by .NET's classes.</summary>
    /// <param name="certificatePath">A certificate in PEM or DER.</param>
    /// <param name="keyPath">A private key in PEM: PKCS #8, plain or encrypted, or the older <c>EC PRIVATE KEY</c> and <c>RSA PRIVATE KEY</c>.</param>
    /// <param name="passphrase">For an encrypted key; otherwise ignored.</param>
    /// <param name="algorithm">How to sign; <see langword="null"/> for what suits the key, see <see cref="SignatureAlgorithm.ForKey"/>.</param>
    /// <param name="logger">Told once which of the two it is.</param>
    /// <exception cref="SigningException">The key cannot be read, is encrypted and the passphrase does not fit, does not belong to the certificate, or does not sign in this way.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ISigner FromPemFiles(
        string certificatePath, string keyPath, ReadOnlySpan<char> passphrase = default, SignatureAlgorithm? algorithm = null, ILogger? logger = null)
    {
        X509Certificate2 certificate = CertificateFile.Load(certificatePath);
        string pem = File.ReadAllText(keyPath);
        try
        {
            ISigner signer = OperatingSystem.IsWindows() || LibCrypto.Problem is not null
                ? FromDotNet(certificate, pem, passphrase, algorithm)
                : FromOpenSsl(certificate, pem, passphrase, algorithm);
            if (logger is not null && Interlocked.Exchange(ref s_choiceLogged, 1) == 0)
            {
                LogChoice(logger, signer is DotNetSigner ? $".NET's classes ({WhyNotOpenSsl()})" : "OpenSSL's libcrypto");
            }

            return Checked(signer);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or SigningException)
        {
            throw new SigningException($"The private key in '{keyPath}' for the certificate in '{certificatePath}' cannot be used: {e.Message}", e);
        }
    }

    [UnsupportedOSPlatform("windows")]
    internal static ISigner FromOpenSsl(X509Certificate2 certificate, string pem, ReadOnlySpan<char> passphrase, SignatureAlgorithm? algorithm)
    {
        using AsymmetricAlgorithm key = Import(IsEcdsa(certificate) ? new ECDsaOpenSsl() : new RSAOpenSsl(), pem, passphrase);
        algorithm = SignatureAlgorithm.Choose(key, algorithm);
        SafeEvpPKeyHandle handle = key is ECDsaOpenSsl ecdsa ? ecdsa.DuplicateKeyHandle() : ((RSAOpenSsl)key).DuplicateKeyHandle();
        return new OpenSslSigner(handle, certificate, algorithm);
    }

    internal static ISigner FromDotNet(X509Certificate2 certificate, string pem, ReadOnlySpan<char> passphrase, SignatureAlgorithm? algorithm)
    {
        AsymmetricAlgorithm key = Import(IsEcdsa(certificate) ? ECDsa.Create() : RSA.Create(), pem, passphrase);
        var copies = new AsymmetricAlgorithm[Environment.ProcessorCount];
        copies[0] = key;
        for (int i = 1; i < copies.Length; i++)
        {
            copies[i] = key is ECDsa ecdsa ? ECDsa.Create(ecdsa.ExportParameters(true)) : RSA.Create(((RSA)key).ExportParameters(true));
        }

        return new DotNetSigner(copies, certificate, algorithm) { IsInProcess = true };
    }

    /// <summary>The private key is that of the certificate if the certificate verifies what it signs, in whatever form either has the point.</summary>
    private static ISigner Checked(ISigner signer)
    {
        if (SignerCheck.Passes(signer, TimeSpan.FromSeconds(10)))
        {
            return signer;
        }

        signer.Dispose();
        throw new SigningException($"it does not belong to the certificate '{signer.Certificate.Subject}' (serial {signer.Certificate.SerialNumber})");
    }

    private static bool IsEcdsa(X509Certificate2 certificate) => certificate.PublicKey.Oid.Value switch
    {
        "1.2.840.10045.2.1" => true,
        "1.2.840.113549.1.1.1" => false,
        _ => throw new SigningException($"the certificate has a key of type {certificate.PublicKey.Oid.FriendlyName ?? certificate.PublicKey.Oid.Value}; ECDSA and RSA keys can sign"),
    };

    private static AsymmetricAlgorithm Import(AsymmetricAlgorithm key, string pem, ReadOnlySpan<char> passphrase)
    {
        if (pem.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
        {
            throw new SigningException("it is encrypted in OpenSSL's old way; convert it with 'openssl pkcs8 -topk8'");
        }

        if (!IsEncrypted(pem))
        {
            key.ImportFromPem(pem);
            return key;
        }

        if (passphrase.IsEmpty)
        {
            throw new SigningException("it is encrypted, and no passphrase was given");
        }

        key.ImportFromEncryptedPem(pem, passphrase);
        return key;
    }

    /// <summary>Whether the first private key of a file is encrypted; there may be certificates and parameters before it.</summary>
    private static bool IsEncrypted(ReadOnlySpan<char> pem)
    {
        while (PemEncoding.TryFind(pem, out PemFields fields))
        {
            ReadOnlySpan<char> label = pem[fields.Label];
            if (label.EndsWith("PRIVATE KEY", StringComparison.Ordinal))
            {
                return label is "ENCRYPTED PRIVATE KEY";
            }

            pem = pem[fields.Location.End..];
        }

        return false;
    }

    private static string WhyNotOpenSsl() => OperatingSystem.IsWindows() ? "no OpenSSL on Windows" : LibCrypto.Problem!;

    [LoggerMessage(EventId = 100, Level = LogLevel.Information, Message = "Keys from files sign through {Library}")]
    private static partial void LogChoice(ILogger logger, string library);
}
