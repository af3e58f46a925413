using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Testing;

/// <summary>Makes OCSP requests with System.Formats.Asn1, and so without the code that is tested.</summary>
public static class OcspRequestEncoder
{
    private static readonly Dictionary<HashAlgorithmName, string> s_hashes = new()
    {
        [HashAlgorithmName.SHA1] = "1.3.14.3.2.26",
        [HashAlgorithmName.SHA256] = "2.16.840.1.101.3.4.2.1",
        [HashAlgorithmName.SHA384] = "2.16.840.1.101.3.4.2.2",
        [HashAlgorithmName.SHA512] = "2.16.840.1.101.3.4.2.3",
    };

    /// <summary>A request for one certificate from PEM files, with a SHA-1 CertID unless another is named.</summary>
    public static byte[] FromFiles(string issuerPath, string certificatePath, HashAlgorithmName? hash = null, byte[]? nonce = null)
    {
        using X509Certificate2 issuer = X509CertificateLoader.LoadCertificateFromFile(issuerPath);
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(certificatePath);
        return Create(hash ?? HashAlgorithmName.SHA1, nonce, (issuer, certificate.SerialNumberBytes));
    }

    /// <summary>A request for certificates by issuer and serial number (RFC 6960 4.1.1).</summary>
    public static byte[] Create(HashAlgorithmName hash, byte[]? nonce, params (X509Certificate2 Issuer, ReadOnlyMemory<byte> Serial)[] certificates)
    {
        ArgumentNullException.ThrowIfNull(certificates);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                foreach ((X509Certificate2 issuer, ReadOnlyMemory<byte> serial) in certificates)
                {
                    using (writer.PushSequence())
                    {
                        WriteCertId(writer, hash, issuer, serial);
                    }
                }
            }

            if (nonce is not null)
            {
                WriteNonce(writer, nonce);
            }
        }

        return writer.Encode();
    }

    /// <summary>A request without extensions, and a preference of signature algorithms added to it (RFC 6960 4.4.7).</summary>
    public static byte[] WithPreference(byte[] request, params string[] algorithms)
    {
        ArgumentNullException.ThrowIfNull(algorithms);
        var value = new AsnWriter(AsnEncodingRules.DER);
        using (value.PushSequence())
        {
            foreach (string algorithm in algorithms)
            {
                using (value.PushSequence())
                using (value.PushSequence())
                {
                    value.WriteObjectIdentifier(algorithm);
                }
            }
        }

        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(new AsnReader(request, AsnEncodingRules.DER).ReadSequence().ReadSequence().ReadEncodedValue().Span);
            WriteExtension(writer, "1.3.6.1.5.5.7.48.1.8", value.Encode());
        }

        return writer.Encode();
    }

    private static void WriteCertId(AsnWriter writer, HashAlgorithmName hash, X509Certificate2 issuer, ReadOnlyMemory<byte> serial)
    {
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(s_hashes[hash]);
                writer.WriteNull();
            }

            writer.WriteOctetString(CryptographicOperations.HashData(hash, issuer.SubjectName.RawData));
            writer.WriteOctetString(CryptographicOperations.HashData(hash, issuer.PublicKey.EncodedKeyValue.RawData));
            writer.WriteInteger(serial.Span);
        }
    }

    private static void WriteNonce(AsnWriter writer, byte[] nonce)
    {
        var value = new AsnWriter(AsnEncodingRules.DER);
        value.WriteOctetString(nonce);
        WriteExtension(writer, "1.3.6.1.5.5.7.48.1.2", value.Encode());
    }

    /// <summary>[2] EXPLICIT Extensions with one.</summary>
    private static void WriteExtension(AsnWriter writer, string oid, byte[] value)
    {
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2)))
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            writer.WriteOctetString(value);
        }
    }
}
