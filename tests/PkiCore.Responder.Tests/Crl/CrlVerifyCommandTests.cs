using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests.Crl;

/// <summary><c>crl verify</c>: each check alone can fail it.</summary>
public sealed class CrlVerifyCommandTests : IDisposable
{
    private static readonly (string, X509RevocationReason)[] s_entries = [("11", X509RevocationReason.Superseded), ("12", X509RevocationReason.CertificateHold)];

    private readonly CrlDemo _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public async Task Sound_CRL_verifies()
    {
        foreach (string path in new[] { _demo.Write("ca.crl", 1, entries: s_entries), await _demo.WriteByOpenSslAsync("openssl.pem") })
        {
            ToolResult result = await VerifyAsync(0, path);
            Assert.EndsWith("\nVerified.\n", result.Output, StringComparison.Ordinal);
            Assert.Equal(5, result.Output.Split('\n').Count(line => line.StartsWith("ok    ", StringComparison.Ordinal)));
            Assert.Empty(result.Error);
        }
    }

    [Fact]
    public async Task Expired_CRL_fails()
    {
        string path = _demo.Write("ca.crl", 1, thisUpdate: CrlDemo.Now.AddDays(-3), validity: TimeSpan.FromDays(1));
        await AssertOneFailsAsync(path, "times: as of ", "expired: nextUpdate is 48.");
    }

    [Fact]
    public async Task CRL_of_the_future_fails()
    {
        string path = _demo.Write("ca.crl", 1, thisUpdate: CrlDemo.Now.AddDays(1));
        await AssertOneFailsAsync(path, "times: as of ", "not valid yet: it is ");
    }

    [Fact]
    public async Task CRL_that_was_changed_fails()
    {
        string path = _demo.Write("ca.crl", 1, entries: s_entries);
        byte[] bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes[bytes.AsSpan().IndexOf<byte>([0x02, 0x01, 0x11]) + 2] = 0x13;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        await AssertOneFailsAsync(path, "signature: ecdsa-with-SHA256", "the CRL was changed after it was signed");
    }

    [Fact]
    public async Task CRL_of_another_CA_fails()
    {
        DemoCa other = DemoCa.Create(_demo.File("other"), new DemoCaOptions { CaName = "Other CA" }, TimeProvider.System);
        ToolResult result = await CrlDemo.RunAsync(1, "verify", _demo.Write("ca.crl", 1), "--ca", other.CaPath);
        Assert.Contains("- the CRL is by CN=PkiCore Demo CA: not the name of the CA", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_that_must_not_sign_CRLs_is_named_as_the_reason()
    {
        using var ca = X509Certificate2.CreateFromPemFile(_demo.Ca.CaPath, _demo.Ca.CaKeyPath);
        using ECDsa key = ca.GetECDsaPrivateKey()!;
        var request = new CertificateRequest(ca.SubjectName, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        using X509Certificate2 other = request.CreateSelfSigned(CrlDemo.Now.AddDays(-1), CrlDemo.Now.AddDays(1));
        await File.WriteAllTextAsync(_demo.File("other.pem"), other.ExportCertificatePem(), TestContext.Current.CancellationToken);
        ToolResult result = await CrlDemo.RunAsync(1, "verify", _demo.Write("ca.crl", 1), "--ca", _demo.File("other.pem"));
        Assert.Contains("- the key usage of the CA's certificate does not allow signing CRLs", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_that_is_listed_twice_fails()
    {
        string path = _demo.WriteByDotNet("ca.crl", "11", "12", "11", "13", "11");
        await AssertOneFailsAsync(path, "every certificate listed once", "11 is there 3 times");
    }

    [Fact]
    public async Task Broken_rule_fails_with_its_clause()
    {
        await AssertOneFailsAsync(_demo.WriteByDotNet("ca.crl", CrlDemo.Now, "11"), "rules of RFC 5280", "RFC 5280 5.1.2.6: entry 1 (serial number 11): revocationDate is later than thisUpdate");
    }

    [Fact]
    public async Task Baseline_rules_count_only_when_asked_for()
    {
        string path = _demo.Write("ca.crl", 1, entries: s_entries);
        await VerifyAsync(0, path);
        await AssertOneFailsAsync(path, "rules of RFC 5280 and of the Baseline Requirements", "the reason is certificateHold (6)", "--baseline");
    }

    [Fact]
    public async Task Malformed_CRL_fails_with_the_place()
    {
        string path = _demo.Write("ca.crl", 1, entries: s_entries);
        await File.AppendAllTextAsync(path, "x", TestContext.Current.CancellationToken);
        await AssertOneFailsAsync(path, "strict DER", $"'{path}'");
    }

    [Fact]
    [Requirement("CX-4", "CX-5")]
    public async Task Delta_CRL_that_fits_its_base_verifies_with_what_they_are_together()
    {
        string complete = _demo.Write("ca.crl", 5, thisUpdate: CrlDemo.Now.AddHours(-3), validity: TimeSpan.FromHours(1), entries: s_entries); // expired, which does not matter here
        string delta = _demo.Write("ca-delta.crl", 6, baseNumber: 4, entries: [("12", X509RevocationReason.RemoveFromCrl), ("11", X509RevocationReason.KeyCompromise), ("14", X509RevocationReason.Superseded)]);
        ToolResult result = await VerifyAsync(0, delta, "--base", complete);
        Assert.Contains("delta CRL and base 5 fit: together 2 entries", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [Requirement("CX-4", "CX-5")]
    [InlineData(6, 6, null, "the base is number 6, which is not lower than the delta CRL's 6")]
    [InlineData(9, 6, null, "the base is number 9, which is not lower than the delta CRL's 6")]
    [InlineData(3, 6, null, "adds to number 4 or later, and the base is number 3")]
    [InlineData(5, 6, "http://crl.example/b.crl", "the scopes (issuing distribution points) are not the same")]
    public async Task Delta_CRL_that_does_not_fit_its_base_fails(int baseNumber, int number, string? uri, string message)
    {
        string complete = _demo.Write("ca.crl", baseNumber, uri: uri, thisUpdate: CrlDemo.Now.AddHours(-2));
        string delta = _demo.Write("ca-delta.crl", number, baseNumber: 4);
        await AssertOneFailsAsync(delta, "delta CRL and base", message, "--base", complete);
    }

    [Fact]
    public async Task Base_and_delta_CRL_in_each_others_place_are_told()
    {
        string complete = _demo.Write("ca.crl", 5);
        string delta = _demo.Write("ca-delta.crl", 6, baseNumber: 5);
        await AssertOneFailsAsync(complete, "delta CRL and base", "the CRL is no delta CRL", "--base", delta);
        await AssertOneFailsAsync(delta, "delta CRL and base", "the base is a delta CRL itself", "--base", delta);
    }

    [Fact]
    public async Task Files_that_cannot_be_read_are_named()
    {
        Assert.Contains(_demo.File("none.crl"), (await VerifyAsync(1, _demo.File("none.crl"))).Error, StringComparison.Ordinal);
        ToolResult noCa = await CrlDemo.RunAsync(1, "verify", _demo.Write("ca.crl", 1), "--ca", _demo.File("none.pem"));
        Assert.StartsWith("--ca: ", noCa.Error, StringComparison.Ordinal);
    }

    private Task<ToolResult> VerifyAsync(int exitCode, string path, params string[] arguments) => CrlDemo.RunAsync(exitCode, ["verify", path, "--ca", _demo.Ca.CaPath, .. arguments]);

    private async Task AssertOneFailsAsync(string path, string check, string fault, params string[] arguments)
    {
        ToolResult result = await VerifyAsync(1, path, arguments);
        Assert.StartsWith($"FAIL  {check}", Assert.Single(result.Output.Split('\n'), line => line.StartsWith("FAIL", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains(fault, Assert.Single(result.Output.Split('\n'), line => line.StartsWith("      - ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Matches("^Not verified: 1 of [1-9] checks failed.\n$", result.Error);
    }
}
