using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Responder.Commands;

/// <summary>Says what a key is, for people.</summary>
internal static class KeyKind
{
    public static string Of(PublicKey key)
    {
        using AsymmetricAlgorithm? asymmetric = (AsymmetricAlgorithm?)key.GetECDsaPublicKey() ?? key.GetRSAPublicKey();
        return asymmetric switch
        {
            ECDsa ec => string.Create(CultureInfo.InvariantCulture, $"EC P-{ec.KeySize}"),
            RSA rsa => string.Create(CultureInfo.InvariantCulture, $"RSA {rsa.KeySize}"),
            _ => key.Oid.Value == "1.3.101.112" ? "Ed25519" : key.Oid.FriendlyName ?? key.Oid.Value ?? "unknown",
        };
    }

    /// <summary>CKA_ID as a URI has it: every octet escaped.</summary>
    public static string ToUriId(ReadOnlySpan<byte> id) =>
        string.Concat(id.ToArray().Select(octet => "%" + octet.ToString("X2", CultureInfo.InvariantCulture)));
}
