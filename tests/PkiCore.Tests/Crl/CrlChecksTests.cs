using System.Security.Cryptography.X509Certificates;
using PkiCore.Crl.Reading;
using PkiCore.Crl;
using PkiCore.Responder.Commands;
using PkiCore.Tests.Asn1;
using PkiCore.X509;

namespace PkiCore.Tests.Crl;

/// <summary>What <c>crl verify</c> says, where a file would be too large or a clock too fast for a test of the command.</summary>
public sealed class CrlChecksTests
{
    [Fact]
    public void Signature_that_is_too_long_to_be_checked_fails_the_check_of_the_signature()
    {
        const string Algorithm = "30(06 03 2B6570)";
        string validity = "30(17 0D 3235303130313030303030305A 17 0D 3335303130313030303030305A)";
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(DerText.Parse(
            $"30(30(020101 {Algorithm} {CrlText.OnlyIssuer} {validity} {CrlText.OnlyIssuer} 30({Algorithm} 03(00 {new string('5', 64)}))) {Algorithm} 03(0000))"));
        using var stream = new GeneratedCrl(entryLength: 60_000, count: 1200, algorithm: Algorithm);
        Assert.True(stream.Length > CrlHash.MaxMessage);
        using var crl = new CrlReader(stream);
        CrlCheck check = CrlChecks.Signature(crl, Issuer.FromCertificate(certificate));
        Assert.StartsWith("signature: Ed25519", check.What, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("it could not be checked: ", Assert.Single(check.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void Crl_has_expired_at_its_next_update()
    {
        using var crl = new CrlReader(new MemoryStream(new CrlText().Encode()));
        DateTimeOffset end = crl.NextUpdate!.Value;
        Assert.Empty(CrlChecks.Times(crl, end.AddTicks(-1)).Faults);
        Assert.StartsWith("expired: ", Assert.Single(CrlChecks.Times(crl, end).Faults), StringComparison.Ordinal);
    }
}
