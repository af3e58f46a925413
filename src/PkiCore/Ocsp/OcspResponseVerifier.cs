using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.X509;

namespace PkiCore.Ocsp;

/// <summary>What verifying a response came to; the first fault found.</summary>
public enum OcspVerificationResult
{
    /// <summary>The response is authentic, from an authorized responder, about this issuer's certificates, and fresh.</summary>
    Valid,

    /// <summary>The status is not successful: there is nothing to verify.</summary>
    NotSuccessful,

    /// <summary>A critical extension is not known.</summary>
    UnknownCriticalExtension,

    /// <summary>A CertID names another issuer, or there are no answers.</summary>
    OtherIssuer,

    /// <summary>No certificate at hand is the one that responderID names.</summary>
    ResponderNotFound,

    /// <summary>The responder's certificate is not the issuer's own nor one that it issued for OCSP signing (RFC 6960 4.2.2.2).</summary>
    ResponderNotAuthorized,

    /// <summary>The responder's certificate was not valid at the time.</summary>
    ResponderNotValid,

    /// <summary>The signature algorithm is not known or too weak.</summary>
    UnsupportedAlgorithm,

    /// <summary>The signature does not fit.</summary>
    BadSignature,

    /// <summary>thisUpdate is in the future.</summary>
    NotYetValid,

    /// <summary>nextUpdate has passed.</summary>
    Expired,
}

/// <summary>Verifies responses as a client has to (RFC 6960 3.2, 4.2.2.2). Stateless; safe for use from several threads.</summary>
public static class OcspResponseVerifier
{
    private const string OcspSigning = "1.3.6.1.5.5.7.3.9";

    /// <summary>How far the responder's clock may be ahead of ours.</summary>
    private static readonly TimeSpan s_allowedSkew = TimeSpan.FromMinutes(5);

    /// <summary>BR 7.1.3.2.1: no response produced since then may be signed with SHA-1.</summary>
    private static readonly DateTimeOffset s_endOfSha1 = new(2022, 6, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Verifies a response.</summary>
    /// <param name="response">The response.</param>
    /// <param name="issuer">The authority that issued the certificates in question.</param>
    /// <param name="time">The time at which it is to be valid.</param>
    public static OcspVerificationResult Verify(OcspResponse response, Issuer issuer, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(issuer);
        if (response.Status != OcspResponseStatus.Successful)
        {
            return OcspVerificationResult.NotSuccessful;
        }

        if (response.HasUnknownCriticalExtension || response.Responses.Any(single => single.HasUnknownCriticalExtension))
        {
            return OcspVerificationResult.UnknownCriticalExtension;
        }

        if (response.Responses.Count == 0 || !response.Responses.All(single => IsOf(issuer, single)))
        {
            return OcspVerificationResult.OtherIssuer;
        }

        OcspVerificationResult authenticity = VerifySignature(response, issuer, time);
        return authenticity != OcspVerificationResult.Valid ? authenticity
            : response.Responses.Any(single => single.ThisUpdate > time + s_allowedSkew) ? OcspVerificationResult.NotYetValid
            : response.Responses.Any(single => single.NextUpdate <= time) ? OcspVerificationResult.Expired
            : OcspVerificationResult.Valid;
    }

    /// <summary>Checks that a certificate may sign responses for an issuer: it is the issuer's own, or issued by it for OCSP signing and valid.</summary>
    internal static OcspVerificationResult CheckResponder(X509Certificate2 responder, X509Certificate2 issuer, DateTimeOffset time, bool acceptSha1 = false)
    {
        bool isIssuer = IsSameAuthority(responder, issuer);
        if (!isIssuer && !(HasOcspSigning(responder) && SignatureVerifier.IsIssuedBy(responder, issuer, acceptSha1)))
        {
            return OcspVerificationResult.ResponderNotAuthorized;
        }

        return time < new DateTimeOffset(responder.NotBefore) || time > new DateTimeOffset(responder.NotAfter)
            ? OcspVerificationResult.ResponderNotValid
            : OcspVerificationResult.Valid;
    }

    /// <summary>Whether both certificates are of the same name and key.</summary>
    internal static bool IsSameAuthority(X509Certificate2 one, X509Certificate2 other) =>
        one.SubjectName.RawData.AsSpan().SequenceEqual(other.SubjectName.RawData)
        && one.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(other.PublicKey.ExportSubjectPublicKeyInfo());

    private static OcspVerificationResult VerifySignature(OcspResponse response, Issuer issuer, DateTimeOffset time)
    {
        List<X509Certificate2> enclosed = [.. response.Certificates.Select(Load).OfType<X509Certificate2>()];
        try
        {
            // A CA and its delegate may share a name: whoever verifies is the responder.
            OcspVerificationResult[] results =
            [
                .. enclosed.Prepend(issuer.Certificate)
                    .Where(candidate => IsNamed(response, candidate))
                    .Select(candidate => VerifySignature(response, candidate, issuer, time)),
            ];
            return results.Length == 0 ? OcspVerificationResult.ResponderNotFound
                : results.Contains(OcspVerificationResult.Valid) ? OcspVerificationResult.Valid
                : results[0];
        }
        finally
        {
            enclosed.ForEach(certificate => certificate.Dispose());
        }
    }

    private static OcspVerificationResult VerifySignature(OcspResponse response, X509Certificate2 responder, Issuer issuer, DateTimeOffset time)
    {
        // producedAt is the word of whoever made the response; the time of verifying is ours.
        bool acceptSha1 = response.ProducedAt < s_endOfSha1 && time < s_endOfSha1;
        OcspVerificationResult authorization = CheckResponder(responder, issuer.Certificate, time, acceptSha1);
        if (authorization != OcspVerificationResult.Valid)
        {
            return authorization;
        }

        SignatureAlgorithm? algorithm = SignatureAlgorithm.Find(response.SignatureAlgorithmIdentifier.Span);
        return algorithm is null || (algorithm == SignatureAlgorithm.RsaWithSha1 && !acceptSha1) ? OcspVerificationResult.UnsupportedAlgorithm
            : SignatureVerifier.Verify(responder, algorithm, response.ToBeSigned.Span, response.Signature.Span) ? OcspVerificationResult.Valid
            : OcspVerificationResult.BadSignature;
    }

    private static bool IsOf(Issuer issuer, OcspSingleResponse single) =>
        single.Hash is { } hash && issuer.Matches(hash, single.IssuerNameHash.Span, single.IssuerKeyHash.Span);

    private static bool IsNamed(OcspResponse response, X509Certificate2 candidate) => response.ResponderKeyHash.IsEmpty
        ? response.ResponderName.Span.SequenceEqual(candidate.SubjectName.RawData)
        : response.ResponderKeyHash.Span.SequenceEqual(ResponderId.KeyHash(candidate));

    private static bool HasOcspSigning(X509Certificate2 certificate)
    {
        try
        {
            return certificate.Extensions
                .OfType<X509EnhancedKeyUsageExtension>()
                .Any(usage => usage.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == OcspSigning));
        }
        catch (CryptographicException)
        {
            return false; // a malformed extension allows nothing
        }
    }

    private static X509Certificate2? Load(ReadOnlyMemory<byte> encoded)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(encoded.Span);
        }
        catch (CryptographicException)
        {
            return null; // it is not the responder's, whatever it is
        }
    }
}
