using System.Security.Cryptography.X509Certificates;
using PkiCore.Serving;

namespace PkiCore.Tests.Serving;

/// <summary>The check of responder certificates against pkilint's findings on real ones.</summary>
public sealed class ResponderCertificateTests
{
    private const string Folder = "pkilint/integration_certificate/tls_br/ocsp_responder";

    /// <summary>pkilint's codes, and the words of our problem that say the same.</summary>
    private static readonly Dictionary<string, string> s_problems = new(StringComparer.Ordinal)
    {
        ["cabf.serverauth.ocsp_responder.ocsp_nocheck_extension_absent"] = "lacks id-pkix-ocsp-nocheck",
        ["cabf.serverauth.ocsp_responder.crl_distribution_points_extension_present"] = "CRL distribution points",
        ["cabf.serverauth.ocsp_responder.certificate_policies_extension_present"] = "certificate policies",
        ["cabf.serverauth.ocsp_responder.name_constraints_extension_present"] = "name constraints",
        ["cabf.serverauth.ocsp_responder.subject_altname_extension_present"] = "subject alternative name",
        ["cabf.serverauth.ocsp_responder.unknown_eku_present"] = "extended key usage is not",
        ["cabf.serverauth.ocsp_responder.ocspsigning_eku_absent"] = "extended key usage is not",
        ["cabf.serverauth.ocsp_responder.digitalsignature_bit_missing"] = " key usage is not critical",
        ["cabf.serverauth.ocsp_responder.prohibited_ku_present"] = " key usage is not critical",
        ["pkix.key_usage_extension_not_critical"] = " key usage is not critical",
        ["cabf.serverauth.ocsp_responder.basic_constraints_ca_bit_set"] = "CA certificate",
        ["cabf.serverauth.ocsp_responder.ocsp_aia_access_method_present"] = "names an OCSP responder",
    };

    public static TheoryData<string> Certificates => [.. Vectors.Files(Folder, "*.crttest")];

    [Theory]
    [MemberData(nameof(Certificates))]
    [Requirement("BR-12", "RS-17")]
    public void Every_finding_of_pkilint_is_found_and_nothing_else(string file)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(Vectors.Pem(file, "CERTIFICATE"));
        string[] expected = [.. Vectors.Text(file).Split('\n')
            .Select(line => line.Split(','))
            .Where(cells => cells.Length > 3)
            .Select(cells => s_problems.GetValueOrDefault(cells[3]))
            .OfType<string>()
            .Distinct()];

        IReadOnlyList<string> found = ResponderCertificate.FindProblems(certificate);

        Assert.All(expected, words => Assert.Contains(found, problem => problem.Contains(words, StringComparison.Ordinal)));
        Assert.Equal(expected.Length, found.Count);
    }

    [Fact]
    public void A_certificate_by_the_book_has_no_problems()
    {
        using var authority = new TestAuthority();
        using Signing.KeyFiles files = new(Signing.KeyFiles.CreateKey("P-256"));

        Assert.Empty(ResponderCertificate.FindProblems(authority.IssueResponder(files.Key)));
    }

    [Theory]
    [InlineData(false, new byte[] { 0x05, 0x01, 0x00 })]
    [InlineData(false, new byte[] { 0x04, 0x00 })]
    [InlineData(true, new byte[] { 0x05, 0x00 })]
    public void A_nocheck_that_is_critical_or_not_NULL_is_a_problem(bool critical, byte[] value)
    {
        using var authority = new TestAuthority();
        using Signing.KeyFiles files = new(Signing.KeyFiles.CreateKey("P-256"));
        var terms = new ResponderTerms
        {
            Extensions =
            [
                ResponderTerms.Usage(X509KeyUsageFlags.DigitalSignature),
                ResponderTerms.ExtendedUsage(ResponderTerms.OcspSigning),
                new X509Extension("1.3.6.1.5.5.7.48.1.5", value, critical),
            ],
        };

        Assert.Contains("critical or not NULL", Assert.Single(ResponderCertificate.FindProblems(authority.IssueResponder(files.Key, terms))), StringComparison.Ordinal);
    }
}
