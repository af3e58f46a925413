using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.X509;

namespace PkiCore.Campaigns.Asking;

/// <summary>A request for one certificate.</summary>
/// <param name="Serial">Its serial number, as the index has it.</param>
/// <param name="Hash">The hash of the CertID.</param>
/// <param name="Encoded">The request.</param>
internal sealed record Question(string Serial, CertIdHash Hash, byte[] Encoded)
{
    public static Question Create(X509Certificate2 issuer, string serial, CertIdHash hash)
    {
        HashAlgorithmName name = hash switch
        {
            CertIdHash.Sha1 => HashAlgorithmName.SHA1,
            CertIdHash.Sha256 => HashAlgorithmName.SHA256,
            CertIdHash.Sha384 => HashAlgorithmName.SHA384,
            _ => throw new ArgumentOutOfRangeException(nameof(hash), hash, "No campaign asks by it."),
        };
        return new Question(serial, hash, OcspRequestEncoder.Create(name, nonce: null, (issuer, Convert.FromHexString(serial))));
    }
}
