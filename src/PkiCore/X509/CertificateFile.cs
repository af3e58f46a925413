using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PkiCore.X509;

/// <summary>Loads a certificate from a file, PEM or DER, with errors that name the file.</summary>
internal static class CertificateFile
{
    public static X509Certificate2 Load(string path)
    {
        byte[] content = File.ReadAllBytes(path);
        try
        {
            // OpenSSL writes the text form of a certificate in front of the PEM block: X509CertificateLoader looks for the block.
            return X509CertificateLoader.LoadCertificate(content);
        }
        catch (CryptographicException e)
        {
            throw new CryptographicException($"'{path}' holds no X.509 certificate in PEM or DER: {e.Message}", e);
        }
    }
}
