using PkiCore.Ocsp;
using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests.Hsm;

/// <summary>The host with keys on tokens, as a process of its own.</summary>
public sealed class HsmServeTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answer_signed_on_a_token_of_SoftHSM_verifies_with_openssl()
    {
        using var directory = new TemporaryDirectory();
        using var tokens = new SoftHsm();
        DemoCa ca = DemoCa.Create(directory.File("ca"), new DemoCaOptions(), TimeProvider.System);
        await tokens.InitializeTokenAsync("edge", HsmDemo.Pin, "so-pin-1", Cancellation);
        await tokens.ImportKeyAsync("edge", HsmDemo.Pin, ca.ResponderKeyPath, "ocsp", "01", Cancellation);
        await File.WriteAllTextAsync(directory.File("pin"), HsmDemo.Pin, Cancellation);
        File.Delete(ca.ResponderKeyPath);
        File.CreateSymbolicLink(directory.File("hsm.so"), SoftHsm.ModulePath);

        await using ResponderProcess responder = await ResponderProcess.StartAsync(
            [
                "serve", "--index", "ca/index.txt", "--CA", "ca/ca.pem", "--rsigner", "ca/ocsp.pem", "--port", "0", "--management", "http://127.0.0.1:0",
                "--rkey", "pkcs11:token=edge;id=%01?module-path=hsm.so&pin-source=file:pin", // relative to the current folder
            ],
            workingDirectory: directory.FullPath, environment: tokens.Environment, cancellationToken: Cancellation);
        ToolResult answer = await ToolProcess.RunAsync(
            RequiredTool.OpenSsl, ["ocsp", "-issuer", ca.CaPath, "-CAfile", ca.CaPath, "-url", responder.Url.ToString(), "-no_nonce", "-cert", ca.GoodPath], s_limit, Cancellation);
        Assert.Contains("Response verify OK", answer.Error, StringComparison.Ordinal);
        Assert.Contains("good.pem: good", answer.Output, StringComparison.Ordinal);
        Assert.Equal(0, await responder.StopAsync(Cancellation));
    }

    [Fact]
    public async Task Paths_in_a_URI_are_relative_to_the_configuration()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync();
        string folder = Path.GetDirectoryName(demo.Configuration.FilePath)!;
        string module = Path.GetRelativePath(folder, demo.Modules[0].ModulePath);
        await using ResponderProcess responder = await demo.ServeAsync([$"pkcs11:token=token-0;object=ocsp?pin-source=file:pin&module-path={module}"]);
        Assert.Equal(OcspResponseStatus.Successful, await demo.AskAsync(responder));
    }

    [Fact]
    public async Task Without_a_certificate_in_a_file_the_one_on_the_token_is_used()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync(withCertificate: true);
        await using ResponderProcess responder = await demo.ServeAsync([demo.Uri(0)], certificate: "", strict: true);
        Assert.Equal(OcspResponseStatus.Successful, await demo.AskAsync(responder));
    }

    [Fact]
    public async Task Token_that_goes_is_named_by_health_and_metrics_while_the_other_signs_and_comes_back()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync(tokens: 2);
        await using ResponderProcess responder = await demo.ServeAsync([demo.Uri(0), demo.Uri(1)], strict: true);
        Assert.True(await HsmDemo.HasAsync(responder, "metrics", $"pkicore_pkcs11_up{{{demo.Tags(1)}}} 1"));
        Assert.True(await HsmDemo.HasAsync(responder, "metrics", $"pkicore_signer_up{{signer=\"{demo.KeyName(1)}\"}} 1"));

        demo.Modules[1].Set("token gone");
        await Eventually.HoldsAsync("token-1 is out", async () =>
        {
            Assert.Equal(OcspResponseStatus.Successful, await demo.AskAsync(responder)); // no request pays for it
            return await HsmDemo.HasAsync(responder, "metrics", $"pkicore_signer_up{{signer=\"{demo.KeyName(1)}\"}} 0");
        }, Cancellation);
        Assert.True(await HsmDemo.HasAsync(responder, "metrics", $"pkicore_pkcs11_up{{{demo.Tags(1)}}} 0"));
        string health = (await responder.GetAsync("healthz", Cancellation)).Body;
        Assert.Contains("\"degraded\"", health, StringComparison.Ordinal);
        Assert.Contains("token-1", health, StringComparison.Ordinal);
        Assert.True(await HsmDemo.HasAsync(responder, "readyz", "\"ready\": true"));

        demo.Modules[1].Clear();
        await Eventually.HoldsAsync("healthy", () => HsmDemo.HasAsync(responder, "healthz", "\"healthy\""), Cancellation);
        Assert.True(await HsmDemo.HasAsync(responder, "metrics", $"pkicore_pkcs11_up{{{demo.Tags(1)}}} 1"));
    }

    [Fact]
    public async Task Key_that_one_token_does_not_have_is_named_while_the_other_signs()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync(tokens: 2);
        await using ResponderProcess responder = await demo.ServeAsync([demo.Uri(0), demo.Uri(1, key: "absent")], strict: true);
        Assert.Equal(OcspResponseStatus.Successful, await demo.AskAsync(responder));
        Assert.True(await HsmDemo.HasAsync(responder, "healthz", "\"degraded\""));
        Assert.True(await HsmDemo.HasAsync(responder, "healthz", "absent"));
        await responder.WaitForOutputAsync("a key does not sign, others do: ", Cancellation);
    }

    [Fact]
    public async Task Token_that_is_away_at_the_start_signs_when_it_comes()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync();
        demo.Modules[0].Set("token gone");
        await using ResponderProcess responder = await demo.ServeAsync([demo.Uri(0)], untilReady: false, strict: true);
        Assert.Equal(OcspResponseStatus.TryLater, await demo.AskAsync(responder));
        Assert.True(await HsmDemo.HasAsync(responder, "healthz", "token-0"));

        demo.Modules[0].Clear();
        await Eventually.HoldsAsync("answered", async () => await demo.AskAsync(responder) == OcspResponseStatus.Successful, Cancellation);
    }

    [Fact]
    public async Task Token_that_hangs_at_the_start_is_named_while_the_other_signs_and_is_used_when_it_answers()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync(tokens: 2);
        demo.Modules[0].Set("C_Sign hang");
        await using ResponderProcess responder = await demo.ServeAsync([demo.Uri(0), demo.Uri(1)], strict: true);
        Assert.Equal(OcspResponseStatus.Successful, await demo.AskAsync(responder));
        Assert.True(await HsmDemo.HasAsync(responder, "healthz", "token=token-0;object=ocsp"));
        Assert.True(await HsmDemo.HasAsync(responder, "healthz", "does not answer within 15 s"));

        demo.Modules[0].Clear();
        await AssertHealsAsync(responder);
    }

    [Theory]
    [InlineData("C_Initialize hang")]
    [InlineData("C_Login hang")]
    public async Task Only_token_that_hangs_at_the_start_is_tryLater_until_it_answers(string fault)
    {
        using HsmDemo demo = await HsmDemo.CreateAsync();
        demo.Modules[0].Set(fault);
        await using ResponderProcess responder = await demo.ServeAsync([demo.Uri(0)], untilReady: false, strict: true);
        Assert.Equal(OcspResponseStatus.TryLater, await demo.AskAsync(responder));
        Assert.True(await HsmDemo.HasAsync(responder, "healthz", "does not answer within 15 s"));
        responder.Signal(ResponderProcess.SigHup);
        await responder.WaitForOutputAsync("Reloaded the configuration", Cancellation); // which does not wait for it again

        demo.Modules[0].Clear();
        await AssertHealsAsync(responder);
        Assert.Equal(OcspResponseStatus.Successful, await demo.AskAsync(responder));
    }

    [Fact]
    public async Task Module_that_is_not_there_ends_a_strict_start_with_its_path()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync(tokens: 0);
        ToolResult result = await ResponderProcess.RunAsync(
            ["serve", "--index", demo.Ca.IndexPath, "--CA", demo.Ca.CaPath, "--rsigner", demo.Ca.ResponderPath, "--rkey", "pkcs11:token=t?module-path=/no/such.so", "--port", "0"], Cancellation);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("'/no/such.so' is not there", Assert.Single(result.Error.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Algorithm_for_another_kind_of_key_is_the_fault_of_the_CA()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync();
        await using ResponderProcess responder = await demo.ServeAsync([demo.Uri(0)]);
        demo.Configuration.Issuers[0]!["Signer"]!["Algorithm"] = "RSASSA-PSS-SHA256";
        demo.Configuration.Write();
        await responder.WaitForOutputAsync("does not sign with RSASSA-PSS-SHA256", Cancellation);
        Assert.Equal(OcspResponseStatus.Successful, await demo.AskAsync(responder)); // with the configuration of before
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Process_stopped_while_a_token_signs_ends_with_0(int run)
    {
        using HsmDemo demo = await HsmDemo.CreateAsync(tokens: 2);
        demo.Ca.IssueMany(50_000);
        await using ResponderProcess responder = await demo.ServeAsync([demo.Uri(0), demo.Uri(1)], untilReady: false);
        await Eventually.HoldsAsync("signing", async () => await HsmDemo.HasAsync(responder, "metrics", "pkicore_ocsp_signatures_total{lane=\"ahead\"} " + (run + 1)), Cancellation);
        Assert.Equal(0, await responder.StopAsync(Cancellation));
        Assert.DoesNotContain("   at ", responder.Output, StringComparison.Ordinal);
    }

    /// <summary>The call that hung comes back at some time; a reload before that changes nothing.</summary>
    private static Task<TimeSpan> AssertHealsAsync(ResponderProcess responder) => Eventually.HoldsAsync("healthy", () =>
    {
        responder.Signal(ResponderProcess.SigHup);
        return HsmDemo.HasAsync(responder, "healthz", "\"healthy\"");
    }, Cancellation);
}
