using System.Text.Json.Nodes;
using PkiCore.Responder.Demo;
using PkiCore.Responder.Tests.Crl;

namespace PkiCore.Responder.Tests;

/// <summary><c>check --config</c>: what it says, and its exit status. It writes nothing.</summary>
public sealed class CheckConfigurationTests : IDisposable
{
    private readonly ServedCrls _served = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _served.Dispose();

    [Fact]
    public async Task Configuration_that_can_be_used_ends_with_0_and_says_which_CRLs_there_would_be()
    {
        _served.Section["FreshestUri"] = "http://crl.example/ca-delta.crl";
        ToolResult result = await CheckAsync();
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("signed by CN=PkiCore Demo CA OCSP ocsp, ecdsa-with-SHA256", result.Output, StringComparison.Ordinal);
        Assert.Contains($"published in {_served.File("crl/current")}", result.Output, StringComparison.Ordinal);
        Assert.Contains("every 1.00:00:00, at once after a change, valid for 4.00:00:00; served as /crl/ca.crl", result.Output, StringComparison.Ordinal);
        Assert.Contains("served as /crl/ca-delta.crl, named http://crl.example/ca-delta.crl", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("The configuration can be used.\n", result.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_served.File("crl")));
    }

    [Theory]
    [InlineData("Key", "other/private/ca.key", "nothing signs its CRLs: ")]
    [InlineData("Key", "none.key", "nothing signs its CRLs: ")]
    [InlineData("Directory", "none/crl", "Crl.Directory: ")]
    public async Task CRLs_that_could_not_be_published_end_with_2(string setting, string value, string message)
    {
        DemoCa.Create(_served.File("other"), new DemoCaOptions(), TimeProvider.System);
        _served.Section[setting] = value;
        await AssertFaultAsync(message);
    }

    [Fact]
    public async Task CA_that_may_not_sign_CRLs_ends_with_2()
    {
        JsonNode issuer = _served.Configuration.Issuers[0]!;
        issuer["Certificate"] = _served.Ca.ResponderPath; // of which the key usage is digitalSignature alone
        _served.Section["Key"] = _served.Ca.ResponderKeyPath;
        await AssertFaultAsync("does not allow it to sign CRLs");
    }

    [Fact]
    public async Task Source_and_signer_with_faults_are_named()
    {
        _served.Ca.CreateResponder(new DemoResponderOptions { Faults = ResponderFaults.Expired });
        var issuer = (JsonObject)_served.Configuration.Issuers[0]!;
        issuer.Remove("Index");
        issuer["CrlSource"] = new JsonObject { ["Path"] = "none.crl" };
        await AssertFaultAsync("The OCSP signer 'CN=PkiCore Demo CA OCSP ocsp'");
        await AssertFaultAsync("none.crl");
    }

    private async Task AssertFaultAsync(string message)
    {
        ToolResult result = await CheckAsync();
        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains(message, string.Concat(result.Output.Split('\n').Where(line => line.Contains("FAULT:", StringComparison.Ordinal))), StringComparison.Ordinal);
        Assert.EndsWith("The configuration has faults.\n", result.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_served.File("crl")));
    }

    private Task<ToolResult> CheckAsync() => ResponderProcess.RunAsync(["check", "--config", _served.Configuration.Write()], Cancellation);
}
