using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using PkiCore.Responder.Demo;
using Xunit;

namespace PkiCore.Responder.Tests.Demo;

/// <summary>What openssl makes of the demonstration CA.</summary>
public sealed class DemoCaOpenSslTests : IDisposable
{
    private readonly DemoCaFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(DemoKeyType.EcdsaP256, DemoKeyType.Rsa2048)]
    [InlineData(DemoKeyType.EcdsaP384, DemoKeyType.EcdsaP521)]
    [InlineData(DemoKeyType.EcdsaP521, DemoKeyType.EcdsaP384)]
    [InlineData(DemoKeyType.Rsa2048, DemoKeyType.EcdsaP256)]
    internal void CertificatesVerifyWithEveryKindOfKey(DemoKeyType caKey, DemoKeyType responderKey)
    {
        DemoCa ca = _fixture.Create(new DemoCaOptions { CaKeyType = caKey, ResponderKeyType = responderKey });
        Run("verify", "-x509_strict", "-CAfile", ca.CaPath, ca.GoodPath, ca.RevokedPath, ca.UnknownPath);
        Run("verify", "-x509_strict", "-CAfile", ca.CaPath, "-purpose", "ocsphelper", ca.ResponderPath);
        Run("ca", "-config", ca.OpenSslConfigurationPath, "-gencrl", "-out", Path.Combine(ca.Directory, "ca.crl"));
    }

    [Fact]
    public void OpensslCaRevokesAndTheCRLHasIt()
    {
        DemoCa ca = _fixture.Create();
        string crl = Path.Combine(ca.Directory, "ca.crl");
        DemoCertificate issued = ca.Issue("late.demo.example", notAfter: new DateTimeOffset(2050, 6, 1, 0, 0, 0, TimeSpan.Zero));
        Run("ca", "-config", ca.OpenSslConfigurationPath, "-revoke", issued.CertificatePath, "-crl_reason", "affiliationChanged");
        Run("ca", "-config", ca.OpenSslConfigurationPath, "-gencrl", "-out", crl);

        string line = Assert.Single(ca.ReadIndexLines(), one => one.Contains(issued.Serial, StringComparison.Ordinal));
        Assert.Matches("^R\t20500601000000Z\t[0-9]{12}Z,affiliationChanged\t", line);
        string text = Run("crl", "-in", crl, "-CAfile", ca.CaPath, "-noout", "-text");
        Assert.Contains("verify OK", text, StringComparison.Ordinal);
        Assert.Contains(issued.Serial, text, StringComparison.Ordinal);
        Assert.Equal(5, text.Split("Serial Number:").Length - 1);
    }

    [Fact]
    public void OpensslCaAgreesWithEveryLineThatIsWritten()
    {
        DemoCa ca = _fixture.Create();
        IReadOnlyList<string> serials = ca.IssueMany(10);
        X509RevocationReason[] reasons =
        [
            X509RevocationReason.Unspecified, X509RevocationReason.KeyCompromise, X509RevocationReason.CACompromise,
            X509RevocationReason.AffiliationChanged, X509RevocationReason.Superseded, X509RevocationReason.CessationOfOperation,
            X509RevocationReason.CertificateHold, X509RevocationReason.RemoveFromCrl,
        ];
        for (int i = 0; i < reasons.Length; i++)
        {
            ca.Revoke(serials[i], reasons[i]);
        }

        ca.Revoke(serials[8], X509RevocationReason.KeyCompromise, invalidityDate: TimeProvider.System.GetUtcNow().AddDays(-3));
        ca.Revoke(serials[9], X509RevocationReason.CACompromise, invalidityDate: TimeProvider.System.GetUtcNow().AddDays(-3));

        string crl = Path.Combine(ca.Directory, "ca.crl");
        Run("ca", "-config", ca.OpenSslConfigurationPath, "-gencrl", "-out", crl);
        string text = Run("crl", "-in", crl, "-noout", "-text");
        Assert.Equal(14, text.Split("Serial Number:").Length - 1);
        Assert.Equal(2, text.Split("Invalidity Date:").Length - 1);
    }

    [Theory]
    [InlineData(ResponderFaults.None, true)]
    [InlineData(ResponderFaults.WrongExtendedKeyUsage, false)]
    [InlineData(ResponderFaults.NoExtendedKeyUsage, false)]
    [InlineData(ResponderFaults.Expired, false)]
    [InlineData(ResponderFaults.OtherIssuer, false)]
    [InlineData(ResponderFaults.ForgedIssuer, false)]
    internal void AResponderCertificateVerifiesOnlyWithoutFaults(ResponderFaults faults, bool verifies)
    {
        DemoCa ca = _fixture.Create();
        DemoCertificate responder = ca.CreateResponder(new DemoResponderOptions { Name = "tested", Faults = faults });
        (int exitCode, _) = DemoCaFixture.OpenSsl(
            "verify", "-CAfile", ca.CaPath, "-purpose", "ocsphelper", responder.CertificatePath);
        bool hasUsage = Run("x509", "-in", responder.CertificatePath, "-noout", "-text").Contains("OCSP Signing", StringComparison.Ordinal);
        Assert.Equal(verifies, exitCode == 0 && hasUsage);
    }

    [Theory]
    [InlineData(ResponderFaults.None, true)]
    [InlineData(ResponderFaults.OtherKey, false)]
    internal void TheKeyFileIsTheCertificatesUnlessThatIsTheFault(ResponderFaults faults, bool matches)
    {
        DemoCa ca = _fixture.Create();
        DemoCertificate responder = ca.CreateResponder(new DemoResponderOptions { Name = "tested", Faults = faults });
        string inCertificate = Run("x509", "-in", responder.CertificatePath, "-noout", "-pubkey");
        string inKey = Run("pkey", "-in", responder.KeyPath, "-pubout");
        Assert.Equal(matches, inCertificate == inKey);
    }

    [Fact]
    public async Task OpensslOcspAnswersFromTheIndex()
    {
        DemoCa ca = _fixture.Create();
        using Process responder = DemoCaFixture.Start(
            "ocsp", "-index", ca.IndexPath, "-CA", ca.CaPath, "-rsigner", ca.ResponderPath, "-rkey", ca.ResponderKeyPath,
            "-port", "0", "-ndays", "1");
        try
        {
            int port = await ReadPort(responder);
            Assert.Contains("good.pem: good", Ask(ca, port, ca.GoodPath), StringComparison.Ordinal);
            string revoked = Ask(ca, port, ca.RevokedPath);
            Assert.Contains("revoked.pem: revoked", revoked, StringComparison.Ordinal);
            Assert.Contains("Reason: keyCompromise", revoked, StringComparison.Ordinal);
            Assert.Contains("unknown.pem: unknown", Ask(ca, port, ca.UnknownPath), StringComparison.Ordinal);
        }
        finally
        {
            responder.Kill();
        }
    }

    private static string Ask(DemoCa ca, int port, string certificate)
    {
        string answer = Run("ocsp", "-issuer", ca.CaPath, "-cert", certificate, "-url", $"http://127.0.0.1:{port}/", "-CAfile", ca.CaPath);
        Assert.Contains("Response verify OK", answer, StringComparison.Ordinal);
        return answer;
    }

    private static string Run(params string[] arguments)
    {
        (int exitCode, string output) = DemoCaFixture.OpenSsl(arguments);
        Assert.True(exitCode == 0, $"openssl {string.Join(' ', arguments)}\n{output}");
        return output;
    }

    // Not by connecting: this responder hangs on a connection that ends without a request.
    private static async Task<int> ReadPort(Process responder)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(TimeSpan.FromSeconds(10));
        while (await responder.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            if (Regex.Match(line, "^ACCEPT .*:(?<port>[0-9]+) PID", RegexOptions.None, TimeSpan.FromSeconds(1)) is { Success: true } match)
            {
                return int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidOperationException("openssl ocsp did not start.");
    }
}
