using System.Security.Cryptography.X509Certificates;
using PkiCore.Asn1;
using PkiCore.X509;

namespace PkiCore.Ocsp;

/// <summary>How a responder names itself (RFC 6960 4.2.1); both forms are a CHOICE with an explicit tag.</summary>
public enum ResponderIdKind
{
    /// <summary>By the SHA-1 hash of its public key, as RFC 9919 3.2.2 wants it.</summary>
    ByKey,

    /// <summary>By its name, for clients of RFC 5019.</summary>
    ByName,
}

internal static class ResponderId
{
    public static byte[] Encode(ResponderIdKind kind, X509Certificate2 certificate)
    {
        if (kind == ResponderIdKind.ByName)
        {
            return Wrap(DerTag.ContextConstructed(1), certificate.SubjectName.RawData);
        }

        byte[] keyHash = KeyHash(certificate);
        return Wrap(DerTag.ContextConstructed(2), [DerTag.OctetString, (byte)keyHash.Length, .. keyHash]);
    }

    /// <summary>KeyHash is SHA-1, whatever hash the CertIDs use (RFC 6960 4.2.1).</summary>
    public static byte[] KeyHash(X509Certificate2 certificate) =>
        CertIdHashes.Compute(CertIdHash.Sha1, certificate.PublicKey.EncodedKeyValue.RawData);

    private static byte[] Wrap(byte tag, ReadOnlySpan<byte> contents)
    {
        byte[] encoded = new byte[DerWriter.GetEncodedLength(contents.Length)];
        new DerWriter(encoded).Write(tag, contents);
        return encoded;
    }
}
