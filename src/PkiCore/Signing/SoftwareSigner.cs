using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.X509;

namespace PkiCore.Signing;

/// <summary>Makes signers of keys kept in files.</summary>
public static class SoftwareSigner
{
    /// <summary>Loads a certificate and its private key.</summary>
    /// <param name="certificatePath">A certificate in PEM or DER.</param>
    /// <param name="keyPath">A private key in PEM: PKCS #8, plain or encrypted, or the older <c>EC PRIVATE KEY</c> and <c>RSA PRIVATE KEY</c>.</param>
    /// <param name="passphrase">For an encrypted key; otherwise ignored.</param>
    /// <exception cref="SigningException">The key cannot be read, is encrypted and the passphrase does not fit, or does not belong to the certificate.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static DotNetSigner FromPemFiles(string certificatePath, string keyPath, ReadOnlySpan<char> passphrase = default)
    {
        X509Certificate2 certificate = CertificateFile.Load(certificatePath);
        string pem = File.ReadAllText(keyPath);
        try
        {
            var copies = new AsymmetricAlgorithm[Environment.ProcessorCount];
            for (int i = 0; i < copies.Length; i++)
            {
                copies[i] = ImportKey(certificate, pem, passphrase);
            }

            return new DotNetSigner(copies, certificate);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or SigningException)
        {
            throw new SigningException($"The private key in '{keyPath}' for the certificate in '{certificatePath}' cannot be used: {e.Message}", e);
        }
    }

    private static AsymmetricAlgorithm ImportKey(X509Certificate2 certificate, string pem, ReadOnlySpan<char> passphrase)
    {
        AsymmetricAlgorithm key = certificate.PublicKey.Oid.Value switch
        {
            "1.2.840.10045.2.1" => ECDsa.Create(),
            "1.2.840.113549.1.1.1" => RSA.Create(),
            _ => throw new SigningException($"the certificate has a key of type {certificate.PublicKey.Oid.FriendlyName ?? certificate.PublicKey.Oid.Value}; ECDSA and RSA keys can sign"),
        };
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
}
