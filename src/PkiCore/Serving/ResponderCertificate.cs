using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Serving;

/// <summary>What the CA/Browser Forum wants of a certificate that signs OCSP responses (BR 7.1.2.8, RFC 6960 4.2.2.2.1).</summary>
internal static class ResponderCertificate
{
    private const string OcspSigning = "1.3.6.1.5.5.7.3.9";
    private const string NoCheck = "1.3.6.1.5.5.7.48.1.5";
    private const string CrlDistributionPoints = "2.5.29.31";
    private const string SubjectAlternativeName = "2.5.29.17";
    private const string CertificatePolicies = "2.5.29.32";
    private const string NameConstraints = "2.5.29.30";

    public static IReadOnlyList<string> FindProblems(X509Certificate2 certificate)
    {
        var problems = new List<string>();
        X509Extension? noCheck = certificate.Extensions[NoCheck];
        AddIf(noCheck is null, "it lacks id-pkix-ocsp-nocheck");
        AddIf(noCheck is not null && (noCheck.Critical || !noCheck.RawData.AsSpan().SequenceEqual<byte>([0x05, 0x00])), "its id-pkix-ocsp-nocheck is critical or not NULL");
        AddIf(certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(usage => usage.EnhancedKeyUsages.Count != 1 || usage.EnhancedKeyUsages[0].Value != OcspSigning), "its extended key usage is not OCSP signing alone");
        AddIf(!certificate.Extensions.OfType<X509KeyUsageExtension>().Any(usage => usage.Critical && usage.KeyUsages == X509KeyUsageFlags.DigitalSignature), "its key usage is not critical with digitalSignature alone");
        AddIf(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority), "it is a CA certificate");
        AddIf(certificate.Extensions[CrlDistributionPoints] is not null, "it has CRL distribution points");
        AddIf(certificate.Extensions[SubjectAlternativeName] is not null, "it has a subject alternative name");
        AddIf(certificate.Extensions[CertificatePolicies] is not null, "it has certificate policies");
        AddIf(certificate.Extensions[NameConstraints] is not null, "it has name constraints");
        AddIf(certificate.Extensions.OfType<X509AuthorityInformationAccessExtension>().Any(access => access.EnumerateOcspUris().Any()), "its authority information access names an OCSP responder");
        return problems;

        void AddIf(bool wrong, string problem)
        {
            if (wrong)
            {
                problems.Add(problem);
            }
        }
    }

    /// <summary>BR 4.9.9: a CA signs responses itself only if its certificate says digitalSignature.</summary>
    public static IReadOnlyList<string> FindProblemsOfAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509KeyUsageExtension>().Any(usage => !usage.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature))
            ? ["the CA's key usage does not have digitalSignature"]
            : [];
}
