using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Pkcs11.Interop;

namespace PkiCore.Pkcs11;

/// <summary>Makes public keys of the attributes that tokens keep.</summary>
internal static class Pkcs11PublicKey
{
    private const string RsaEncryption = "1.2.840.113549.1.1.1";
    private const string EcPublicKey = "1.2.840.10045.2.1";
    private const string Ed25519 = "1.3.101.112";

    /// <summary>Reads the public key that belongs to a private one.</summary>
    /// <param name="objects">A session.</param>
    /// <param name="privateKey">The private key: an RSA key shows its public part itself.</param>
    /// <param name="publicKey">The public key object; 0 when there is none.</param>
    /// <param name="keyType">CKK.</param>
    /// <returns><see langword="null"/> when the token does not keep it, or the key is of another kind.</returns>
    public static PublicKey? Read(Pkcs11Objects objects, ulong privateKey, ulong publicKey, ulong keyType)
    {
        ulong source = publicKey != 0 ? publicKey : privateKey;
        try
        {
            return keyType switch
            {
                CK.CKK_RSA when objects.Read(source, CK.CKA_MODULUS) is { } modulus && objects.Read(source, CK.CKA_PUBLIC_EXPONENT) is { } exponent => FromRsa(modulus, exponent),
                CK.CKK_EC when objects.Read(source, CK.CKA_EC_PARAMS) is { } parameters && objects.Read(source, CK.CKA_EC_POINT) is { } point =>
                    Create(EcPublicKey, parameters, Unwrap(point)),
                CK.CKK_EC_EDWARDS when objects.Read(source, CK.CKA_EC_POINT) is { } point && Unwrap(point) is { Length: 32 } raw => Create(Ed25519, parameters: null, raw),
                _ => null,
            };
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            return null; // what a token calls a key is not always one; the certificate has it too
        }
    }

    private static PublicKey FromRsa(byte[] modulus, byte[] exponent)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(TrimZeros(modulus));
            writer.WriteIntegerUnsigned(TrimZeros(exponent));
        }

        return Create(RsaEncryption, [0x05, 0x00], writer.Encode());
    }

    private static PublicKey Create(string algorithm, byte[]? parameters, byte[] key)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(algorithm);
                if (parameters is not null)
                {
                    writer.WriteEncodedValue(parameters);
                }
            }

            writer.WriteBitString(key);
        }

        return PublicKey.CreateFromSubjectPublicKeyInfo(writer.Encode(), out _);
    }

    /// <summary>CKA_EC_POINT is an OCTET STRING in DER (PKCS #11 2.40 2.3.3); some tokens give its contents alone.</summary>
    private static byte[] Unwrap(byte[] point) =>
        AsnDecoder.TryReadPrimitiveOctetString(point, AsnEncodingRules.DER, out ReadOnlySpan<byte> content, out int consumed) && consumed == point.Length ? content.ToArray() : point;

    private static ReadOnlySpan<byte> TrimZeros(ReadOnlySpan<byte> number) => number.TrimStart((byte)0);
}
