using PkiCore.Responder.Demo;

namespace PkiCore.Responder.Tests;

/// <summary>The packages in an application that is published trimmed and self-contained: no warning, and it answers.</summary>
public sealed class TrimmedPublishTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Trimmed_application_is_published_without_warning_and_answers()
    {
        using var directory = new TemporaryDirectory();
        string dotnet = RequiredTool.Find("dotnet");
        var environment = new Dictionary<string, string?> { ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_NOLOGO"] = "1" };
        // With an artifacts folder of its own: another build may be running in the one of the repository.
        ToolResult publish = await ToolProcess.RunAsync(
            dotnet,
            [
                "publish", Checkout.PathOf("tests/TrimCheck/TrimCheck.csproj"), "-c", "Release", "-r", "linux-x64", "--self-contained", "-o", directory.File("app"),
                $"-p:ArtifactsPath={directory.File("artifacts")}", "--tl:off", "-nodeReuse:false", "-p:UseSharedCompilation=false",
            ],
            new ToolOptions { Timeout = TimeSpan.FromMinutes(5), Environment = environment },
            Cancellation);
        Assert.True(publish.ExitCode == 0, publish.ToString());
        Assert.DoesNotContain("warning", publish.Output, StringComparison.OrdinalIgnoreCase);

        DemoCa ca = DemoCa.Create(directory.File("ca"), new DemoCaOptions(), TimeProvider.System);
        await File.WriteAllBytesAsync(directory.File("request.der"), OcspRequestEncoder.FromFiles(ca.CaPath, ca.RevokedPath), Cancellation);
        ToolResult run = await ToolProcess.RunAsync(
            directory.File("app/TrimCheck"), [ca.CaPath, ca.ResponderPath, ca.ResponderKeyPath, ca.IndexPath, directory.File("request.der")], TimeSpan.FromSeconds(60), Cancellation);
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal("library: Revoked Valid\nhttp: Revoked Valid\n", run.Output);
    }
}
