using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests.Hsm;

/// <summary><c>demo --hsm</c>.</summary>
public sealed class HsmDemoCommandTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Demo_moves_the_key_to_a_token_and_prints_a_test_of_it_that_works()
    {
        _ = SoftHsm.ModulePath; // skips where it is not installed
        string key = _directory.File("demo-ca/private/ocsp.key");
        await using (ResponderProcess responder = await StartAsync("--hsm"))
        {
            await responder.WaitForOutputAsync("Stop with Ctrl+C.", Cancellation);
            Assert.False(File.Exists(key));
            await AssertGoodAsync(responder);
            string command = Assert.Single(responder.Output.Split('\n'), line => line.TrimStart().StartsWith("SOFTHSM2_CONF=", StringComparison.Ordinal));
            ToolResult test = await ToolProcess.RunCheckedAsync("sh", ["-c", command], new ToolOptions { Timeout = s_limit, WorkingDirectory = _directory.FullPath }, Cancellation);
            Assert.EndsWith("1 of 1 keys sign.\n", test.Output, StringComparison.Ordinal);
            Assert.Equal(0, await responder.StopAsync(Cancellation));
            Assert.DoesNotContain((await File.ReadAllTextAsync(_directory.File("demo-ca/softhsm/pin"), Cancellation)).Trim(), responder.Output, StringComparison.Ordinal);
        }

        await using ResponderProcess again = await StartAsync(); // the folder knows where the key is
        await AssertGoodAsync(again);
    }

    [Fact]
    public async Task Demo_takes_the_key_of_a_CA_that_is_there()
    {
        _ = SoftHsm.ModulePath;
        DemoCa ca = DemoCa.Create(_directory.File("demo-ca"), new DemoCaOptions(), TimeProvider.System);
        await using ResponderProcess responder = await StartAsync("--hsm");
        Assert.False(File.Exists(ca.ResponderKeyPath));
        await AssertGoodAsync(responder);
    }

    [Fact]
    public async Task Demo_without_SoftHSM_names_its_package_and_keeps_the_key()
    {
        _ = SoftHsm.ModulePath;
        var options = new ToolOptions { Timeout = s_limit, WorkingDirectory = _directory.FullPath, Environment = new Dictionary<string, string?> { ["PATH"] = _directory.FullPath } };
        ToolResult result = await ResponderProcess.RunAsync(["demo", "--hsm", "--port", "0", "--management", ""], Cancellation, options);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("apt-get install softhsm2", Assert.Single(result.Error.Trim().Split('\n')), StringComparison.Ordinal);
        Assert.True(File.Exists(_directory.File("demo-ca/private/ocsp.key")));
    }

    private async Task AssertGoodAsync(ResponderProcess responder)
    {
        byte[] request = OcspRequestEncoder.FromFiles(_directory.File("demo-ca/ca.pem"), _directory.File("demo-ca/good.pem"));
        Assert.True((await responder.PostAsync(request, Cancellation)).Length > 5);
    }

    private Task<ResponderProcess> StartAsync(params string[] flags) => ResponderProcess.StartAsync(
        ["demo", "--port", "0", "--management", "http://127.0.0.1:0", .. flags], workingDirectory: _directory.FullPath, cancellationToken: Cancellation);
}
