using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using PkiCore.Ocsp;
using PkiCore.Responder.Demo;
using PkiCore.X509;

namespace PkiCore.Responder.Tests;

/// <summary>The reference client: <c>openssl ocsp</c>, by POST.</summary>
public sealed class OpenSslOcspTests(DemoFixture fixture, ITestOutputHelper output) : IClassFixture<DemoFixture>
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("HT-1", "HT-4", "RS-15", "RS-16")]
    public async Task Good_certificate_is_good_and_the_response_verifies() =>
        Assert.Contains("good.pem: good", await AskAsync(fixture.Served, "-no_nonce", "-cert", fixture.Served.Ca.GoodPath), StringComparison.Ordinal);

    [Theory]
    [InlineData("revoked", "Reason: keyCompromise")]
    [InlineData("superseded", "Reason: superseded")]
    [InlineData("held", "Reason: certificateHold")]
    [InlineData("unstated", "Revocation Time: ")]
    [Requirement("ST-2", "RS-8")]
    public async Task Revoked_certificate_is_revoked_with_its_reason(string name, string reason)
    {
        string text = await AskAsync(fixture.Served, "-no_nonce", "-cert", fixture.Served.Ca.Layout.Top(name));
        Assert.Contains($"{name}.pem: revoked", text, StringComparison.Ordinal);
        Assert.Contains(reason, text, StringComparison.Ordinal);
        Assert.Equal(name != "unstated", text.Contains("Reason: ", StringComparison.Ordinal));
    }

    [Fact]
    [Requirement("RS-3", "ST-3")]
    public async Task Unknown_serial_is_unauthorized_by_default() =>
        Assert.Contains("Responder Error: unauthorized (6)", (await RunAsync(fixture.Served, "-no_nonce", "-cert", fixture.Served.Ca.UnknownPath)).Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("Unknown", "unknown.pem: unknown")]
    [InlineData("ExtendedRevoked", "Reason: certificateHold")]
    [Requirement("ST-3", "ST-4")]
    public async Task Unknown_serial_is_answered_as_the_policy_says(string policy, string expected)
    {
        await using ServedDemo served = await StartAsync("Ocsp:UnknownSerial", policy);
        string text = await AskAsync(served, "-no_nonce", "-resp_text", "-cert", served.Ca.UnknownPath);
        Assert.Contains(expected, text, StringComparison.Ordinal);
        if (policy == "ExtendedRevoked")
        {
            Assert.Contains("Revocation Time: Jan  1 00:00:00 1970 GMT", text, StringComparison.Ordinal);
            Assert.Contains("valid: ", text, StringComparison.Ordinal); // the name that OpenSSL has for extended-revoke
        }
    }

    [Fact]
    [Requirement("OR-4", "OR-12")]
    public async Task Several_certificates_are_answered_in_one_response()
    {
        DemoCa ca = fixture.Served.Ca;
        string text = await AskAsync(fixture.Served, "-cert", ca.GoodPath, "-cert", ca.RevokedPath, "-serial", "0x" + SerialOf(ca.Layout.Top("held")));
        Assert.Contains("good.pem: good", text, StringComparison.Ordinal);
        Assert.Contains("revoked.pem: revoked", text, StringComparison.Ordinal);
        Assert.Contains("Reason: certificateHold", text, StringComparison.Ordinal);
    }

    [Fact]
    [Requirement("T-25", "RS-3")]
    public async Task One_unknown_serial_among_several_makes_the_whole_request_unauthorized()
    {
        DemoCa ca = fixture.Served.Ca;
        Assert.Contains("unauthorized (6)", (await RunAsync(fixture.Served, "-cert", ca.GoodPath, "-cert", ca.UnknownPath)).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-sha1")]
    [InlineData("-sha224")]
    [InlineData("-sha256")]
    [InlineData("-sha384")]
    [InlineData("-sha512")]
    [Requirement("OR-5", "OR-7", "RS-12", "T-10")]
    public async Task Every_hash_of_a_CertID_is_answered(string hash) =>
        Assert.Contains("good.pem: good", await AskAsync(fixture.Served, hash, "-cert", fixture.Served.Ca.GoodPath, "-no_nonce"), StringComparison.Ordinal);

    [Theory]
    [InlineData(CertIdHash.Sha1, CertIdHash.Sha256)]
    [InlineData(CertIdHash.Sha256, CertIdHash.Sha1)]
    [Requirement("RS-13")]
    public async Task Response_with_both_hashes_in_any_order_is_accepted(CertIdHash first, CertIdHash second)
    {
        await using ServedDemo served = await ServedDemo.StartCombinedAsync(first, second);
        foreach (string hash in (string[])["-sha1", "-sha256"])
        {
            string text = await AskAsync(served, hash, "-no_nonce", "-resp_text", "-cert", served.Ca.GoodPath);
            Assert.Contains("good.pem: good", text, StringComparison.Ordinal);
            Assert.Equal(2, text.Split("Certificate ID:").Length - 1);
            Assert.Contains("revoked.pem: revoked", await AskAsync(served, hash, "-no_nonce", "-cert", served.Ca.RevokedPath), StringComparison.Ordinal);
        }
    }

    [Fact]
    [Requirement("OX-3")]
    public async Task Nonce_is_ignored_by_default_and_openssl_only_warns()
    {
        ToolResult result = await RunAsync(fixture.Served, "-cert", fixture.Served.Ca.GoodPath);
        Assert.Contains("WARNING: no nonce in response", result.Error, StringComparison.Ordinal);
        Assert.Contains("Response verify OK", result.Error, StringComparison.Ordinal);
        Assert.Contains("good.pem: good", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Requirement("OX-1", "OX-2")]
    public async Task Nonce_is_echoed_when_the_policy_is_to_sign()
    {
        await using ServedDemo served = await StartAsync("Ocsp:Nonce", "Sign");
        ToolResult result = await RunAsync(served, "-cert", served.Ca.GoodPath, "-resp_text");
        Assert.Contains("Response verify OK", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("WARNING", result.Error, StringComparison.Ordinal);
        Assert.Contains("OCSP Nonce", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Requirement("OR-9")]
    public async Task Signed_request_is_answered()
    {
        DemoCa ca = fixture.Served.Ca;
        string key = ca.Layout.Key(SerialOf(ca.GoodPath));
        Assert.Contains("good.pem: good", await AskAsync(fixture.Served, "-no_nonce", "-cert", ca.GoodPath, "-signer", ca.GoodPath, "-signkey", key), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ByKey", "Responder Id: [0-9A-F]{40}")]
    [InlineData("ByName", "Responder Id: CN = PkiCore Demo CA OCSP ocsp")]
    [Requirement("RS-6", "RS-7")]
    public async Task Responder_names_itself_as_configured(string kind, string expected)
    {
        await using ServedDemo served = await StartAsync("Ocsp:ResponderId", kind);
        Assert.Matches(expected, await AskAsync(served, "-no_nonce", "-resp_text", "-cert", served.Ca.GoodPath));
    }

    [Theory]
    [InlineData(DemoKeyType.EcdsaP256, DemoKeyType.Rsa2048)]
    [InlineData(DemoKeyType.EcdsaP384, DemoKeyType.EcdsaP521)]
    [InlineData(DemoKeyType.EcdsaP521, DemoKeyType.EcdsaP384)]
    [InlineData(DemoKeyType.Rsa2048, DemoKeyType.EcdsaP256)]
    [Requirement("RS-19", "T-22")]
    internal async Task Every_kind_of_key_verifies(DemoKeyType caKey, DemoKeyType responderKey)
    {
        await using ServedDemo served = await ServedDemo.StartAsync(new DemoCaOptions { CaKeyType = caKey, ResponderKeyType = responderKey });
        Assert.Contains("good.pem: good", await AskAsync(served, "-no_nonce", "-cert", served.Ca.GoodPath), StringComparison.Ordinal);
        Assert.Contains("revoked.pem: revoked", await AskAsync(served, "-cert", served.Ca.GoodPath, "-cert", served.Ca.RevokedPath), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DemoKeyType.EcdsaP256)]
    [InlineData(DemoKeyType.Rsa2048)]
    [Requirement("RS-15", "T-29")]
    internal async Task CA_that_signs_itself_encloses_no_certificate(DemoKeyType caKey)
    {
        await using ServedDemo served = await ServedDemo.StartAsync(
            new DemoCaOptions { CaKeyType = caKey }, (configuration, ca) => configuration.Add(ca.CaPath, ca.IndexPath, "", ca.CaKeyPath));
        string text = await AskAsync(served, "-no_nonce", "-resp_text", "-cert", served.Ca.GoodPath);
        Assert.Contains("good.pem: good", text, StringComparison.Ordinal);
        Assert.DoesNotContain("BEGIN CERTIFICATE", text, StringComparison.Ordinal);
    }

    [Fact]
    [Requirement("OR-6", "T-30")]
    public async Task CA_with_the_same_name_and_another_key_is_told_apart()
    {
        using var directory = new TemporaryDirectory();
        DemoCa stranger = DemoCa.Create(directory.File("ca"), new DemoCaOptions(), TimeProvider.System);
        ToolResult result = await RunAsync(fixture.Served, stranger, "-no_nonce", "-cert", stranger.GoodPath);
        Assert.Contains("unauthorized (6)", result.Output, StringComparison.Ordinal);

        await using ServedDemo both = await ServedDemo.StartAsync(configure: (configuration, ca) => configuration.Add(ca).Add(stranger));
        Assert.Contains("good.pem: good", await AskAsync(both, "-no_nonce", "-cert", both.Ca.GoodPath), StringComparison.Ordinal);
        ToolResult other = await RunAsync(both, stranger, "-no_nonce", "-cert", stranger.GoodPath);
        Assert.Contains("Response verify OK", other.Error, StringComparison.Ordinal);
        Assert.Contains("good.pem: good", other.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Requirement("T-25", "RS-3")]
    public async Task Certificates_of_two_CAs_in_one_request_are_unauthorized_together()
    {
        using var directory = new TemporaryDirectory();
        DemoCa second = DemoCa.Create(directory.File("ca"), new DemoCaOptions { CaName = "Second CA" }, TimeProvider.System);
        await using ServedDemo both = await ServedDemo.StartAsync(configure: (configuration, ca) => configuration.Add(ca).Add(second));
        Assert.Contains("good.pem: good", await AskAsync(both, "-no_nonce", "-cert", both.Ca.GoodPath), StringComparison.Ordinal);
        ToolResult mixed = await RunAsync(both, "-no_nonce", "-cert", both.Ca.GoodPath, "-issuer", second.CaPath, "-cert", second.GoodPath);
        Assert.Contains("unauthorized (6)", mixed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Line_that_turns_to_R_turns_the_answer_within_a_second()
    {
        await using ServedDemo served = await ServedDemo.StartAsync();
        DemoCa ca = served.Ca;
        byte[] request = OcspRequestEncoder.FromFiles(ca.CaPath, ca.GoodPath);
        Assert.Equal(OcspCertificateStatus.Good, await StatusAsync());

        await ToolProcess.RunCheckedAsync(
            RequiredTool.OpenSsl, ["ca", "-config", ca.OpenSslConfigurationPath, "-revoke", ca.GoodPath, "-crl_reason", "keyCompromise"], s_limit, Cancellation);
        TimeSpan taken = await Eventually.HoldsAsync("revoked", async () => await StatusAsync() == OcspCertificateStatus.Revoked, Cancellation);
        output.WriteLine($"revoked {taken.TotalMilliseconds:0} ms after openssl ca had ended");
        Assert.InRange(taken, TimeSpan.Zero, TimeSpan.FromSeconds(5)); // one second is promised; this machine may be busy

        string text = await AskAsync(served, "-no_nonce", "-cert", ca.GoodPath);
        Assert.Contains("good.pem: revoked", text, StringComparison.Ordinal);
        Assert.Contains("Reason: keyCompromise", text, StringComparison.Ordinal);

        async Task<OcspCertificateStatus?> StatusAsync() => OcspResponse.Parse(await served.Responder.PostAsync(request, Cancellation))?.Responses is [{ } single, ..] ? single.Status : null;
    }

    private static Task<ServedDemo> StartAsync(string setting, string value) =>
        ServedDemo.StartAsync(configure: (configuration, ca) => configuration.Add(ca).Set(setting, JsonValue.Create(value)));

    /// <summary>Asks, and fails unless the response verifies.</summary>
    private static async Task<string> AskAsync(ServedDemo served, params string[] arguments)
    {
        ToolResult result = await RunAsync(served, arguments);
        Assert.True(result.Error.Contains("Response verify OK", StringComparison.Ordinal), result.ToString());
        return result.Output;
    }

    private static Task<ToolResult> RunAsync(ServedDemo served, params string[] arguments) => RunAsync(served, served.Ca, arguments);

    private static Task<ToolResult> RunAsync(ServedDemo served, DemoCa ca, params string[] arguments)
    {
        // The hash of CertIDs counts for the certificates behind it.
        string[] first = arguments[0].StartsWith("-sha", StringComparison.Ordinal) ? [arguments[0]] : [];
        return ToolProcess.RunAsync(
            RequiredTool.OpenSsl, ["ocsp", .. first, "-issuer", ca.CaPath, "-CAfile", ca.CaPath, "-url", served.Url.ToString(), "-timeout", "10", .. arguments[first.Length..]], s_limit, Cancellation);
    }

    private static string SerialOf(string path)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(path);
        return certificate.SerialNumber;
    }
}
