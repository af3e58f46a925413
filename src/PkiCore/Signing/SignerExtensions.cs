using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Signing;

/// <summary>What signers can be used for besides.</summary>
public static class SignerExtensions
{
    /// <summary>Makes what <see cref="CertificateRequest"/> wants of a key, to sign requests, certificates and CRLs.</summary>
    public static X509SignatureGenerator ToSignatureGenerator(this ISigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        return new SignerSignatureGenerator(signer.Certificate.PublicKey, signer.Algorithm, signer.MaxSignatureLength, signer.Sign);
    }
}
