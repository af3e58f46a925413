using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Ocsp;
using PkiCore.Responder.Demo;
using PkiCore.X509;

namespace PkiCore.Responder.Tests;

/// <summary>A fault of one CA is that CA's alone: it answers tryLater, the other serves, and health names it (DESIGN rule 10).</summary>
public sealed class HostIssuerFaultTests : IDisposable
{
    private static readonly byte[] s_tryLater = [0x30, 0x03, 0x0A, 0x01, 0x03];

    private readonly TemporaryDirectory _directory = new();
    private readonly DemoCa _sound;
    private readonly DemoCa _faulty;
    private readonly ResponderConfiguration _configuration;

    public HostIssuerFaultTests()
    {
        _sound = DemoCa.Create(_directory.File("sound"), new DemoCaOptions { CaName = "Sound CA" }, TimeProvider.System);
        _faulty = DemoCa.Create(_directory.File("faulty"), new DemoCaOptions { CaName = "Faulty CA" }, TimeProvider.System);
        _configuration = new ResponderConfiguration(_directory.File("responder.json")).Add(_sound).Add(_faulty);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(ResponderFaults.Expired, "it is 20")]
    [InlineData(ResponderFaults.WrongExtendedKeyUsage, "extended key usage OCSP signing")]
    [InlineData(ResponderFaults.NoExtendedKeyUsage, "extended key usage OCSP signing")]
    [InlineData(ResponderFaults.OtherIssuer, "neither this CA's own certificate nor one that this CA issued")]
    [InlineData(ResponderFaults.ForgedIssuer, "neither this CA's own certificate nor one that this CA issued")]
    [InlineData(ResponderFaults.OtherKey, "key")]
    [Requirement("RS-15", "RS-18")]
    internal async Task Unfit_signer_is_the_fault_of_its_CA_alone(ResponderFaults fault, string reason)
    {
        _faulty.CreateResponder(new DemoResponderOptions { Faults = fault });
        await AssertFaultAsync(reason);
    }

    [Fact]
    public async Task Signer_with_a_malformed_extension_is_the_fault_of_its_CA_alone()
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using var ca = X509Certificate2.CreateFromPemFile(_faulty.CaPath, _faulty.CaKeyPath);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Malformed", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("2.5.29.37", [0x05, 0x00], critical: false));
        using X509Certificate2 certificate = request.Create(ca, now, now.AddHours(1), [1, 2, 3]);
        await File.WriteAllTextAsync(_faulty.ResponderPath, certificate.ExportCertificatePem(), Cancellation);
        await File.WriteAllTextAsync(_faulty.ResponderKeyPath, key.ExportPkcs8PrivateKeyPem(), Cancellation);
        await AssertFaultAsync("");
    }

    [Theory]
    [InlineData("key", "ocsp.key")]
    [InlineData("signer", "ocsp.pem")]
    [InlineData("index", "index.txt")]
    public async Task Missing_file_is_the_fault_of_its_CA_alone_and_heals_when_it_appears(string what, string name)
    {
        string path = what switch { "key" => _faulty.ResponderKeyPath, "signer" => _faulty.ResponderPath, _ => _faulty.IndexPath };
        File.Move(path, path + ".away");
        await using ResponderProcess responder = await AssertFaultAsync(name, keep: true);

        File.Move(path + ".away", path);
        await Eventually.HoldsAsync("the CA is answered", async () => await StatusAsync(responder, _faulty) == OcspCertificateStatus.Good, Cancellation);
        await Eventually.HoldsAsync("healthy", async () => (await responder.GetAsync("healthz", Cancellation)).Body.Contains("\"healthy\"", StringComparison.Ordinal), Cancellation);
    }

    [Fact]
    public async Task Missing_CA_certificate_is_named_and_heals_when_it_appears()
    {
        File.Move(_faulty.CaPath, _directory.File("away.pem"));
        await using ResponderProcess responder = await ResponderProcess.ServeAsync(_configuration.Write(), Cancellation);
        Assert.Equal(OcspCertificateStatus.Good, await StatusAsync(responder, _sound));
        Assert.Contains(_faulty.CaPath, (await responder.GetAsync("healthz", Cancellation)).Body, StringComparison.Ordinal);

        File.Move(_directory.File("away.pem"), _faulty.CaPath);
        await Eventually.HoldsAsync("the CA is answered", async () => await StatusAsync(responder, _faulty) == OcspCertificateStatus.Good, Cancellation);
    }

    [Fact]
    public async Task Strict_makes_a_fault_fatal()
    {
        _faulty.CreateResponder(new DemoResponderOptions { Faults = ResponderFaults.Expired });
        ToolResult result = await ResponderProcess.RunAsync(["serve", "--strict", "--config", _configuration.Write()], Cancellation);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("CN=Faulty CA: ", Assert.Single(result.Error.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strict_without_faults_serves()
    {
        await using ResponderProcess responder = await ResponderProcess.StartAsync(["serve", "--strict", "--config", _configuration.Write()], cancellationToken: Cancellation);
        Assert.Equal(OcspCertificateStatus.Good, await StatusAsync(responder, _faulty));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("env")]
    public async Task Encrypted_key_is_opened_with_a_passphrase_from_elsewhere(string source)
    {
        const string Passphrase = "correct horse battery staple";
        await EncryptAsync(_faulty.ResponderKeyPath, Passphrase);
        await File.WriteAllTextAsync(_directory.File("passphrase"), Passphrase + "\n", Cancellation);
        ServeFaultyWith(source == "file" ? "file:passphrase" : "env:PKICORE_TEST_PASSPHRASE");
        await using ResponderProcess responder = await ResponderProcess.StartAsync(
            ["serve", "--strict", "--config", _configuration.Write()],
            environment: source == "env" ? new Dictionary<string, string?> { ["PKICORE_TEST_PASSPHRASE"] = Passphrase } : null,
            cancellationToken: Cancellation);
        Assert.Equal(OcspCertificateStatus.Good, await StatusAsync(responder, _faulty));
        Assert.DoesNotContain("horse", responder.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wrong horse", "env:PKICORE_TEST_PASSPHRASE")]
    [InlineData(null, "env:PKICORE_TEST_PASSPHRASE")]
    [InlineData(null, "file:none")]
    [InlineData(null, "")]
    public async Task Wrong_or_missing_passphrase_is_a_fault_that_does_not_repeat_it(string? passphrase, string source)
    {
        await EncryptAsync(_faulty.ResponderKeyPath, "correct horse");
        ServeFaultyWith(source);
        var options = new ToolOptions { Timeout = TimeSpan.FromSeconds(20), Environment = new Dictionary<string, string?> { ["PKICORE_TEST_PASSPHRASE"] = passphrase } };
        ToolResult result = await ResponderProcess.RunAsync(["serve", "--strict", "--config", _configuration.Write()], Cancellation, options);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("ocsp.key", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("horse", result.Error + result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error + result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_passphrase_is_never_asked_for_at_reload()
    {
        await using ResponderProcess responder = await ResponderProcess.ServeAsync(_configuration.Write(), Cancellation);
        await EncryptAsync(_faulty.ResponderKeyPath, "correct horse");
        await Eventually.HoldsAsync("it says what to do", async () => (await responder.GetAsync("healthz", Cancellation)).Body.Contains("Signer.Passphrase", StringComparison.Ordinal), Cancellation);
        Assert.Equal(OcspCertificateStatus.Good, await StatusAsync(responder, _faulty));
    }

    private async Task<ResponderProcess> AssertFaultAsync(string reason, bool keep = false)
    {
        ResponderProcess responder = await ResponderProcess.ServeAsync(_configuration.Write(), Cancellation);
        try
        {
            Assert.Equal(OcspCertificateStatus.Good, await StatusAsync(responder, _sound));
            Assert.Equal(s_tryLater, await responder.PostAsync(OcspRequestEncoder.FromFiles(_faulty.CaPath, _faulty.GoodPath), Cancellation));
            Assert.Equal(HttpStatusCode.OK, (await responder.GetAsync("readyz", Cancellation)).Status);
            (_, string health) = await responder.GetAsync("healthz", Cancellation);
            Assert.Contains("\"degraded\"", health, StringComparison.Ordinal);
            string faulty = health[health.IndexOf("CN=Faulty CA", StringComparison.Ordinal)..];
            Assert.Contains(reason, System.Text.RegularExpressions.Regex.Unescape(faulty), StringComparison.Ordinal);
            return responder;
        }
        finally
        {
            if (!keep)
            {
                await responder.DisposeAsync();
            }
        }
    }

    private void ServeFaultyWith(string passphrase)
    {
        _configuration.Issuers.Clear();
        _configuration.Add(_sound).Add(_faulty.CaPath, _faulty.IndexPath, _faulty.ResponderPath, _faulty.ResponderKeyPath, passphrase);
    }

    private static async Task EncryptAsync(string path, string passphrase)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(path, Cancellation));
        var parameters = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10_000);
        await File.WriteAllTextAsync(path, key.ExportEncryptedPkcs8PrivateKeyPem(passphrase, parameters), Cancellation);
    }

    /// <summary>The status of the good certificate, if the response verifies.</summary>
    private static async Task<OcspCertificateStatus?> StatusAsync(ResponderProcess responder, DemoCa ca)
    {
        OcspResponse? response = OcspResponse.Parse(await responder.PostAsync(OcspRequestEncoder.FromFiles(ca.CaPath, ca.GoodPath), Cancellation));
        return response?.Status == OcspResponseStatus.Successful
            && OcspResponseVerifier.Verify(response, Issuer.FromPemFile(ca.CaPath), TimeProvider.System.GetUtcNow()) == OcspVerificationResult.Valid
            ? response.Responses[0].Status
            : null;
    }
}
