using System.Diagnostics;

namespace PkiCore.Responder.Tests;

/// <summary>Here and not beside the other helpers' tests, because PkiCore.Tests starts no processes.</summary>
public sealed class ToolProcessTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Arguments_arrive_as_they_are()
    {
        ToolResult result = await ToolProcess.RunCheckedAsync("printf", ["%s|", "a b", "$HOME", "\"*\""], s_limit, Cancellation);
        Assert.Equal("a b|$HOME|\"*\"|", result.Output);
    }

    [Fact]
    public async Task Input_comes_out_byte_for_byte()
    {
        byte[] input = [.. Enumerable.Range(0, 1 << 20).Select(i => (byte)(i * 7))];
        ToolResult result = await ToolProcess.RunAsync("cat", [], new ToolOptions { Timeout = s_limit, Input = input }, Cancellation);
        Assert.Equal(input, result.OutputBytes);
    }

    [Fact]
    public async Task Failure_shows_command_line_and_output()
    {
        Assert.NotEqual(0, (await ToolProcess.RunAsync("ls", ["/no/such"], s_limit, Cancellation)).ExitCode);
        var e = await Assert.ThrowsAsync<ToolException>(() => ToolProcess.RunCheckedAsync("ls", ["/no/such"], s_limit, Cancellation));
        Assert.Contains("ls /no/such", e.Message, StringComparison.Ordinal);
        Assert.Contains("No such file", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tool_that_hangs_is_ended()
    {
        long start = Stopwatch.GetTimestamp();
        var e = await Assert.ThrowsAsync<ToolException>(
            () => ToolProcess.RunAsync("sh", ["-c", "echo begun; sleep 600"], TimeSpan.FromSeconds(1), Cancellation));
        Assert.Contains("begun", e.Message, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromSeconds(1), s_limit);
    }

    [Fact]
    public async Task Cancelled_run_is_ended()
    {
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ToolProcess.RunAsync("sleep", ["600"], s_limit, cancellation.Token));
    }

    [Fact]
    public async Task Tools_of_the_interoperability_tests_are_there()
    {
        Assert.Contains("OpenSSL", (await ToolProcess.RunCheckedAsync(RequiredTool.OpenSsl, ["version"], s_limit, Cancellation)).Output, StringComparison.Ordinal);
        Assert.Contains("curl", (await ToolProcess.RunCheckedAsync(RequiredTool.Curl, ["--version"], s_limit, Cancellation)).Output, StringComparison.Ordinal);
        Assert.Contains("ocsptool", (await ToolProcess.RunCheckedAsync(RequiredTool.OcspTool, ["--version"], s_limit, Cancellation)).Output, StringComparison.Ordinal);
        Assert.Contains("nginx", (await ToolProcess.RunCheckedAsync(RequiredTool.Nginx, ["-v"], s_limit, Cancellation)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Temporary_directory_goes_away()
    {
        string path;
        using (var directory = new TemporaryDirectory())
        {
            path = directory.FullPath;
            File.WriteAllText(directory.File("a"), "b");
        }

        Assert.False(Directory.Exists(path));
    }
}
