using PkiCore.Asn1;
using PkiCore.Tests.Asn1;

namespace PkiCore.Tests.Ocsp;

/// <summary>Pieces of requests in the notation of <see cref="DerText"/>, and requests made of them.</summary>
internal static class RequestText
{
    public const string Sha1 = "06052B0E03021A";
    public const string Sha256 = "0609608648016503040201";
    public const string NameHash = "0414 94D418C85D800AF31266F13D3D8CD8CD6AA5BB74";
    public const string KeyHash = "0414 5DD72C171C018B2FFA92C3133913689EBD82115C";
    public const string SomeCertId = $"30(30({Sha1} 0500) {NameHash} {KeyHash} 0203010001)";
    public const string Request = $"30({SomeCertId})";
    public const string List = $"30({Request})";
    public const string NonceOid = "06092B0601050507300102";
    public const string AcceptableResponsesOid = "06092B0601050507300104";
    public const string ServiceLocatorOid = "06092B0601050507300107";
    public const string PreferredAlgorithmsOid = "06092B0601050507300108";
    public const string Basic = "06092B0601050507300101";
    public const string UnknownOid = "06032A0304";
    public const string Unknown = $"30({UnknownOid} 0400)";
    public const string UnknownCritical = $"30({UnknownOid} 0101FF 0400)";

    /// <summary>A request with this tbsRequest.</summary>
    public static byte[] WithToBeSigned(string contents) => DerText.Parse($"30(30({contents}))");

    /// <summary>A request with these requestExtensions.</summary>
    public static byte[] WithExtensions(string extensions) => WithToBeSigned($"{List} A2(30({extensions}))");

    /// <summary>A request with these singleRequestExtensions.</summary>
    public static byte[] WithSingleExtensions(string extensions) => WithToBeSigned($"30(30({SomeCertId} A0(30({extensions}))))");

    /// <summary>A nonce extension of so many octets, each of them its own index.</summary>
    public static string Nonce(int length) =>
        $"30({NonceOid} 04({Convert.ToHexString(DerText.Value(DerTag.OctetString, [.. Enumerable.Range(0, length).Select(i => (byte)i)]))}))";
}
