using System.Text.Json.Nodes;
using PkiCore.Responder.Demo;
using PkiCore.X509;

namespace PkiCore.Responder.Tests;

/// <summary>GnuTLS, whose ASN.1 and HTTP code is its own: <c>ocsptool</c>, by POST in HTTP/1.0.</summary>
public sealed class OcspToolTests(DemoFixture fixture) : IClassFixture<DemoFixture>
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("good", "Certificate Status: good")]
    [InlineData("revoked", "Certificate Status: revoked")]
    [InlineData("unstated", "Certificate Status: revoked")]
    [Requirement("HT-4", "HT-5", "T-24", "RS-15", "RS-16")]
    public async Task Status_is_read_and_the_response_verifies(string name, string status)
    {
        string text = await AskAsync(fixture.Served, fixture.Served.Ca.Layout.Top(name), "--no-nonce");
        Assert.Contains(status, text, StringComparison.Ordinal);
        Assert.Contains("Verifying OCSP Response: Success.", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CertIdHash.Sha1, CertIdHash.Sha256)]
    [InlineData(CertIdHash.Sha256, CertIdHash.Sha1)]
    [Requirement("RS-13")]
    public async Task Response_with_both_hashes_in_any_order_is_accepted(CertIdHash first, CertIdHash second)
    {
        await using ServedDemo served = await ServedDemo.StartCombinedAsync(first, second);
        foreach (string name in (string[])["good", "revoked"])
        {
            string text = await AskAsync(served, served.Ca.Layout.Top(name), "--no-nonce");
            Assert.Equal(2, text.Split("Certificate Status: " + name).Length - 1);
            Assert.Contains("Verifying OCSP Response: Success.", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Requirement("RS-1", "RS-3")]
    public async Task Unknown_serial_is_unauthorized() =>
        Assert.Contains("unauthorized", await AskAsync(fixture.Served, fixture.Served.Ca.UnknownPath, "--no-nonce"), StringComparison.OrdinalIgnoreCase);

    [Fact]
    [Requirement("ST-3")]
    public async Task Unknown_serial_is_unknown_by_policy()
    {
        await using ServedDemo served = await StartAsync("Ocsp:UnknownSerial", "Unknown");
        Assert.Contains("Certificate Status: unknown", await AskAsync(served, served.Ca.UnknownPath, "--no-nonce"), StringComparison.Ordinal);
    }

    [Fact]
    [Requirement("OX-1", "OX-2")]
    public async Task Nonce_matches_when_the_policy_is_to_sign()
    {
        await using ServedDemo served = await StartAsync("Ocsp:Nonce", "Sign");
        string text = await AskAsync(served, served.Ca.GoodPath, "--nonce");
        Assert.Contains("Nonce:", text, StringComparison.Ordinal);
        Assert.Contains("Verifying OCSP Response: Success.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("nonce", text[text.IndexOf("Verifying", StringComparison.Ordinal)..], StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    [Requirement("OX-3")]
    public async Task Missing_nonce_is_only_reported() =>
        Assert.Contains("Certificate Status: good", await AskAsync(fixture.Served, fixture.Served.Ca.GoodPath, "--nonce"), StringComparison.Ordinal);

    [Theory]
    [InlineData(DemoKeyType.Rsa2048, DemoKeyType.Rsa2048)]
    [InlineData(DemoKeyType.EcdsaP384, DemoKeyType.EcdsaP384)]
    [InlineData(DemoKeyType.EcdsaP521, DemoKeyType.EcdsaP521)]
    internal async Task Every_kind_of_key_verifies(DemoKeyType caKey, DemoKeyType responderKey)
    {
        await using ServedDemo served = await ServedDemo.StartAsync(new DemoCaOptions { CaKeyType = caKey, ResponderKeyType = responderKey });
        Assert.Contains("Verifying OCSP Response: Success.", await AskAsync(served, served.Ca.GoodPath, "--no-nonce"), StringComparison.Ordinal);
    }

    private static Task<ServedDemo> StartAsync(string setting, string value) =>
        ServedDemo.StartAsync(configure: (configuration, ca) => configuration.Add(ca).Set(setting, JsonValue.Create(value)));

    private static async Task<string> AskAsync(ServedDemo served, string certificate, string nonce)
    {
        ToolResult result = await ToolProcess.RunAsync(
            RequiredTool.OcspTool,
            ["--ask=" + served.Url, "--load-cert", certificate, "--load-issuer", served.Ca.CaPath, "--load-trust", served.Ca.CaPath, nonce],
            s_limit,
            TestContext.Current.CancellationToken);
        return result.Output + result.Error;
    }
}
