using PkiCore.Ocsp;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Tests.Ocsp;

/// <summary>The answer path allocates nothing (tests/allocations.tsv).</summary>
public sealed class OcspAllocationTests
{
    [Fact]
    public void Parsing_a_request_for_one_certificate() =>
        AssertParses("parse a request for one certificate", Vectors.Bytes("rustcrypto-x509-ocsp/sha256-certid-ocsp-req.der"), 1);

    [Fact]
    public void Parsing_a_request_for_eight_certificates_with_a_nonce() =>
        AssertParses("parse a request for eight certificates", Vectors.Bytes("rustcrypto-x509-ocsp/ocsp-multiple-requests-nonce-req.der"), 8);

    [Fact]
    public void Writing_a_reply_from_a_template()
    {
        using var authority = new TestAuthority();
        OcspResponseTemplate template = authority.Template();
        byte[] prefix = authority.Prefix();
        byte[] serial = [0x2A];
        byte[] signature = new byte[256];
        byte[] reply = new byte[4096];
        CertificateStatus? status = new CertificateStatus(TestAuthority.Now, System.Security.Cryptography.X509Certificates.X509RevocationReason.Superseded);
        AllocationBudget.Assert("write a reply from a template", () => template.Write(reply, new SingleResponse(prefix, serial, status), signature));
    }

    private static void AssertParses(string name, byte[] encoded, int count)
    {
        int found = 0;
        AllocationBudget.Assert(name, () =>
        {
            Assert.True(OcspRequest.TryParse(encoded, out OcspRequest request, out _));
            found = 0;
            foreach (CertId certId in request)
            {
                found += SerialNumber.TryCreate(certId.SerialNumber, out _) ? 1 : 0;
            }
        });
        Assert.Equal(count, found);
    }
}
