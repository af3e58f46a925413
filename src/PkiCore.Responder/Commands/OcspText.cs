using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using PkiCore.Ocsp;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary>OCSP messages for people.</summary>
internal static class OcspText
{
    public static string Describe(OcspRequest request)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"OCSP request for {request.CertificateCount} certificate(s){(request.IsSigned ? ", signed" : "")}");
        foreach (CertId certId in request)
        {
            AppendCertId(text, certId.Hash, certId.IssuerNameHash, certId.IssuerKeyHash, certId.SerialNumber);
        }

        AppendNonce(text, request.Nonce);
        if (!request.IsSupported)
        {
            text.AppendLine("  A critical extension is not known, or no basic response is accepted: unauthorized");
        }

        return text.ToString();
    }

    public static string Describe(OcspResponse response)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"OCSP response: {response.Status}");
        if (response.Status != OcspResponseStatus.Successful)
        {
            return text.ToString();
        }

        string responder = response.ResponderKeyHash.IsEmpty ? DescribeName(response.ResponderName.Span) : "key " + Convert.ToHexString(response.ResponderKeyHash.Span);
        text.AppendLine(CultureInfo.InvariantCulture, $"  Responder:   {responder}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  Produced at: {response.ProducedAt:u}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  Signature:   {SignatureAlgorithm.Find(response.SignatureAlgorithmIdentifier.Span)?.Name ?? Convert.ToHexString(response.SignatureAlgorithmIdentifier.Span)}, {response.Certificates.Count} certificate(s) enclosed");
        AppendNonce(text, response.Nonce.Span);
        if (response.HasExtendedRevoke)
        {
            text.AppendLine("  Extended revoke: certificates that were never issued count as revoked");
        }

        foreach (OcspSingleResponse single in response.Responses)
        {
            AppendCertId(text, single.Hash, single.IssuerNameHash.Span, single.IssuerKeyHash.Span, single.SerialNumber.Span);
            string reason = single.Status != OcspCertificateStatus.Revoked ? "" : $" since {single.RevocationTime:u}, reason {single.Reason?.ToString() ?? "not given"}";
            text.AppendLine(CultureInfo.InvariantCulture, $"    Status:      {single.Status}{reason}");
            text.AppendLine(CultureInfo.InvariantCulture, $"    This update: {single.ThisUpdate:u}");
            text.AppendLine(CultureInfo.InvariantCulture, $"    Next update: {single.NextUpdate?.ToString("u", CultureInfo.InvariantCulture) ?? "at any time"}");
        }

        return text.ToString();
    }

    /// <summary>The name as text, or in hexadecimal where it is none.</summary>
    internal static string DescribeName(ReadOnlySpan<byte> name)
    {
        try
        {
            return new X500DistinguishedName(name).Name is { Length: > 0 } text ? text : Convert.ToHexString(name);
        }
        catch (CryptographicException)
        {
            return Convert.ToHexString(name);
        }
    }

    private static void AppendCertId(StringBuilder text, CertIdHash? hash, ReadOnlySpan<byte> nameHash, ReadOnlySpan<byte> keyHash, ReadOnlySpan<byte> serial)
    {
        string number = SerialNumber.TryCreate(serial, out SerialNumber parsed) ? parsed.ToString() : Convert.ToHexString(serial);
        text.AppendLine(CultureInfo.InvariantCulture, $"  Certificate {number}");
        text.AppendLine(CultureInfo.InvariantCulture, $"    Issuer:      {hash?.ToString() ?? "unknown hash"}, name {Convert.ToHexString(nameHash)}, key {Convert.ToHexString(keyHash)}");
    }

    private static void AppendNonce(StringBuilder text, ReadOnlySpan<byte> nonce)
    {
        if (!nonce.IsEmpty)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  Nonce:       {Convert.ToHexString(nonce)}");
        }
    }
}
