using System.Globalization;

namespace PkiCore.Responder.Tests.Hsm;

/// <summary><c>hsm list</c>, <c>hsm test</c> and <c>hsm bench</c>.</summary>
public sealed class HsmCommandTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task List_shows_the_library_and_its_tokens_without_a_PIN()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync();
        ToolResult result = await RunAsync(0, "list", "--module", demo.Modules[0].ModulePath);
        Assert.Contains($"{demo.Modules[0].ModulePath}: Implementation of PKCS11", result.Output, StringComparison.Ordinal);
        Assert.Contains("token 'token-0', serial ", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("private keys", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task List_shows_the_keys_of_a_token_with_their_certificates(bool byUri)
    {
        using HsmDemo demo = await HsmDemo.CreateAsync(withCertificate: true);
        string[] what = byUri ? [demo.Uri(0)] : ["--module", demo.Modules[0].ModulePath, "--pin-source", "file:" + demo.PinPath];
        ToolResult result = await RunAsync(0, ["list", .. what]);
        Assert.Contains("private keys on 'token-0':", result.Output, StringComparison.Ordinal);
        Assert.Contains("object=ocsp;id=%01  EC P-256, certificate CN=PkiCore Demo CA OCSP ocsp", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_does_not_try_one_PIN_on_two_tokens()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync();
        await demo.Modules[0].InitializeTokenAsync("other", "another-pin", "so-pin-2", Cancellation);
        ToolResult result = await RunAsync(1, "list", "--module", demo.Modules[0].ModulePath, "--pin-source", "file:" + demo.PinPath);
        Assert.Contains("The PIN is for one token, and 2 fit", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_signs_once_with_each_key_and_ends_with_0()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync(tokens: 2);
        ToolResult result = await RunAsync(0, "test", "--certificate", demo.Ca.ResponderPath, demo.Uri(0), demo.Uri(1));
        Assert.Contains($"ms  opened {demo.KeyName(1)}: EC P-256", result.Output, StringComparison.Ordinal);
        Assert.Contains("ms  signed with ecdsa-with-SHA256", result.Output, StringComparison.Ordinal);
        Assert.Contains("ms  verified with the certificate CN=PkiCore Demo CA OCSP ocsp", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("2 of 2 keys sign.\n", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("C_Sign wrong", "made a signature that does not verify")]
    [InlineData("C_Sign return 0x30", "C_Sign returned CKR_DEVICE_ERROR")]
    [InlineData("C_Login return 0xA4", "CKR_PIN_LOCKED: the PIN is locked")]
    [InlineData("token gone", "no such token")]
    public async Task Test_says_what_is_wrong_with_a_token_and_ends_with_1(string fault, string message)
    {
        using HsmDemo demo = await HsmDemo.CreateAsync(tokens: 2);
        demo.Modules[0].Set(fault);
        ToolResult result = await RunAsync(1, "test", demo.Uri(0), demo.Uri(1));
        Assert.Contains("  FAILED: ", result.Output, StringComparison.Ordinal);
        Assert.Contains(message, result.Output, StringComparison.Ordinal);
        Assert.EndsWith("1 of 2 keys sign.\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_refuses_a_certificate_of_another_key_and_an_algorithm_for_another_kind()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync();
        Assert.Contains("is it the certificate of another key?", (await RunAsync(1, "test", "--certificate", demo.Ca.CaPath, demo.Uri(0))).Output, StringComparison.Ordinal);
        Assert.Contains("does not sign with RSASSA-PSS-SHA256", (await RunAsync(1, "test", "--algorithm", "RSASSA-PSS-SHA256", demo.Uri(0))).Output, StringComparison.Ordinal);
        Assert.Contains("There is no such private key", (await RunAsync(1, "test", demo.Uri(0, key: "absent"))).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("EC:secp384r1", "ecdsa-with-SHA384", false)]
    [InlineData("EC:secp521r1", "ecdsa-with-SHA512", false)]
    [InlineData("EC:edwards25519", "Ed25519", false)]
    [InlineData("EC:secp256r1", "ecdsa-with-SHA512", true)]
    [InlineData("rsa:2048", "RSASSA-PSS-SHA384", true)]
    public async Task Key_without_a_certificate_signs_in_test_and_bench(string keyType, string algorithm, bool isNamed)
    {
        using HsmDemo demo = await HsmDemo.CreateAsync();
        await demo.Modules[0].Tokens.GenerateKeyAsync(HsmDemo.Label(0), HsmDemo.Pin, keyType, "bare", "02", Cancellation);
        string[] flags = isNamed ? ["--algorithm", algorithm] : [];
        ToolResult test = await RunAsync(0, ["test", .. flags, demo.Uri(0, key: "bare")]);
        Assert.Contains($"ms  signed with {algorithm}\n", test.Output, StringComparison.Ordinal);
        ToolResult bench = await RunAsync(0, ["bench", .. flags, "--seconds", "0.1", "--sessions", "1", demo.Uri(0, key: "bare")]);
        Assert.Contains($", {algorithm}, ", bench.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_prints_a_line_for_each_number_of_sessions()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync();
        ToolResult result = await RunAsync(0, "bench", "--seconds", "0.2", "--sessions", "5", demo.Uri(0));
        string[] lines = result.Output.Trim().Split('\n');
        Assert.Equal("sessions  signatures/s  times one  ms each", lines[1]);
        Assert.Equal([1, 2, 4, 5], lines[2..].Select(line => int.Parse(line.Trim().Split(' ')[0], CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Bench_of_a_token_that_is_not_there_ends_with_1()
    {
        using HsmDemo demo = await HsmDemo.CreateAsync();
        demo.Modules[0].Set("token gone");
        Assert.Contains("no such token", (await RunAsync(1, "bench", demo.Uri(0))).Error, StringComparison.Ordinal);
    }

    private static async Task<ToolResult> RunAsync(int exitCode, params string[] arguments)
    {
        ToolResult result = await ResponderProcess.RunAsync(["hsm", .. arguments], Cancellation, new ToolOptions { Timeout = s_limit });
        Assert.True(result.ExitCode == exitCode, result.ToString());
        Assert.DoesNotContain("   at ", result.Error + result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(HsmDemo.Pin, result.Error + result.Output, StringComparison.Ordinal);
        return result;
    }
}
