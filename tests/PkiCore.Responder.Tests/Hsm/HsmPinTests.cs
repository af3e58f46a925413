using PkiCore.Ocsp;

namespace PkiCore.Responder.Tests.Hsm;

/// <summary>PINs: a refused one is presented once, whatever happens, and none is ever printed.</summary>
public sealed class HsmPinTests
{

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Wrong_PIN_is_tryLater_until_it_is_corrected(bool strict)
    {
        using HsmDemo demo = await HsmDemo.CreateAsync();
        const string Wrong = "wrong-Pin-1111";
        await File.WriteAllTextAsync(demo.PinPath, Wrong + "\n", Cancellation);
        await using ResponderProcess responder = await demo.ServeAsync([demo.Uri(0)], untilReady: false, strict: strict);
        Assert.Equal(OcspResponseStatus.TryLater, await demo.AskAsync(responder));
        Assert.True(await HsmDemo.HasAsync(responder, "healthz", "CKR_PIN_INCORRECT"));
        await responder.WaitForOutputAsync("the PIN is wrong. It is not tried again", Cancellation);

        await File.WriteAllTextAsync(demo.PinPath, HsmDemo.Pin + "\n", Cancellation);
        await Eventually.HoldsAsync("answered", async () => await demo.AskAsync(responder) == OcspResponseStatus.Successful, Cancellation);
        Assert.DoesNotContain(Wrong, responder.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(HsmDemo.Pin, responder.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refused_PIN_is_presented_again_on_SIGHUP_only()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync();
        demo.Modules[0].Set("C_Login return 0xA0 1"); // a second try would succeed
        await using ResponderProcess responder = await demo.ServeAsync([demo.Uri(0)], untilReady: false);
        Assert.Equal(OcspResponseStatus.TryLater, await demo.AskAsync(responder));

        File.SetLastWriteTimeUtc(demo.PinPath, DateTime.UnixEpoch); // touched: it is read again, and is the same
        await responder.WaitForOutputAsync("Reloaded the configuration", Cancellation);
        Assert.Equal(OcspResponseStatus.TryLater, await demo.AskAsync(responder));
        Assert.True(await HsmDemo.HasAsync(responder, "healthz", "CKR_PIN_INCORRECT"));
        Assert.True(await HsmDemo.HasAsync(responder, "metrics", Refused(demo) + " 1\n"));

        responder.Signal(ResponderProcess.SigHup);
        await Eventually.HoldsAsync("answered", async () => await demo.AskAsync(responder) == OcspResponseStatus.Successful, Cancellation);
    }

    [Fact]
    public async Task PIN_that_one_of_two_tokens_refuses_is_presented_to_it_once()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync(tokens: 2);
        demo.Modules[0].Set("C_Login return 0xA0 1");
        await using ResponderProcess responder = await demo.ServeAsync([demo.Uri(0), demo.Uri(1)]);
        Assert.Equal(OcspResponseStatus.Successful, await demo.AskAsync(responder));
        Assert.True(await HsmDemo.HasAsync(responder, "healthz", "token-0"));
        Assert.True(await HsmDemo.HasAsync(responder, "healthz", "\"degraded\""));
        Assert.True(await HsmDemo.HasAsync(responder, "metrics", Refused(demo) + " 1\n"));

        responder.Signal(ResponderProcess.SigHup);
        await Eventually.HoldsAsync("healthy", () => HsmDemo.HasAsync(responder, "healthz", "\"healthy\""), Cancellation);
    }

    [Fact]
    public async Task PIN_from_the_environment_signs_and_is_not_printed()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync();
        await using ResponderProcess responder = await demo.ServeAsync(
            [demo.Uri(0, "env:PKICORE_TEST_PIN")], environment: new Dictionary<string, string?> { ["PKICORE_TEST_PIN"] = HsmDemo.Pin, ["RESPONDER_Logging__LogLevel__Default"] = "Trace" });
        Assert.Equal(OcspResponseStatus.Successful, await demo.AskAsync(responder));
        Assert.Equal(0, await responder.StopAsync(Cancellation));
        Assert.DoesNotContain(HsmDemo.Pin, responder.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_without_a_PIN_source_and_without_a_terminal_ends_a_strict_start()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync();
        string uri = $"pkcs11:token=token-0;object=ocsp?module-path={demo.Modules[0].ModulePath}";
        ToolResult result = await ResponderProcess.RunAsync(
            ["serve", "--index", demo.Ca.IndexPath, "--CA", demo.Ca.CaPath, "--rsigner", demo.Ca.ResponderPath, "--rkey", uri, "--port", "0"], Cancellation);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("needs a PIN, and there is none", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pin-value=" + HsmDemo.Pin, "must not contain the PIN")]
    [InlineData("pin-source=" + HsmDemo.Pin, "has to be file:PATH or env:NAME")]
    public async Task PIN_in_a_URI_is_refused_and_not_repeated(string attribute, string message)
    {
        using HsmDemo demo = await HsmDemo.CreateAsync(tokens: 0);
        string uri = "pkcs11:token=token-0;object=ocsp?module-path=/no/such.so&" + attribute;
        demo.Configuration.Add(demo.Ca.CaPath, demo.Ca.IndexPath, demo.Ca.ResponderPath, "");
        demo.Configuration.Issuers[0]!["Signer"]!["Key"] = uri;
        string[][] commands =
        [
            ["hsm", "list", uri], ["hsm", "test", uri], ["hsm", "bench", uri],
            ["serve", "--index", demo.Ca.IndexPath, "--CA", demo.Ca.CaPath, "--rsigner", demo.Ca.ResponderPath, "--port", "0", "--rkey", uri],
            ["serve", "--config", demo.Configuration.Write()],
        ];
        foreach (string[] command in commands)
        {
            ToolResult result = await ResponderProcess.RunAsync(command, Cancellation);
            Assert.Equal(1, result.ExitCode);
            Assert.Contains(message, result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain(HsmDemo.Pin, result.Output + result.Error, StringComparison.Ordinal);
        }
    }

    private static string Refused(HsmDemo demo) => $"pkicore_pkcs11_failures_total{{code=\"CKR_PIN_INCORRECT\",function=\"C_Login\",{demo.Tags(0)}}}";
}
