using PkiCore.LoadTest.Commands;

namespace PkiCore.Responder.Tests.LoadTest;

/// <summary>The load test against the real host.</summary>
public sealed class LoadTestCommandTests(DemoFixture fixture) : IClassFixture<DemoFixture>
{
    [Theory]
    [InlineData("1", "sha1")]
    [InlineData("0.5", "sha256")]
    [InlineData("0", "sha1")]
    public async Task Host_answers_by_every_method_and_hash_and_its_answers_verify(string getShare, string hash)
    {
        using var output = new StringWriter();
        using var directory = new TemporaryDirectory();

        // At this rate the last answer may be 100 ms late before the rate is missed.
        int exitCode = await LoadTestCommand.RunAsync(
            [.. Arguments, "--rate", "10", "--warm-up", "1", "--duration", "2", "--verify-every", "1", "--get", getShare, "--hash", hash, "--report", directory.File("report.md")],
            output,
            TextWriter.Null);

        Assert.True(exitCode == 0, output.ToString());
        Assert.Contains("| verified | 20 |", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("| did not verify | none |", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(output.ToString(), await File.ReadAllTextAsync(directory.File("report.md"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Refused_requests_end_with_1_and_are_named()
    {
        using var output = new StringWriter();
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("serials"), "0BADCAFE\n", TestContext.Current.CancellationToken);

        int exitCode = await LoadTestCommand.RunAsync(
            ["run", fixture.Served.Url.ToString(), "--issuer", fixture.Served.Ca.CaPath, "--serials", directory.File("serials"), "--rate", "100", "--warm-up", "0", "--duration", "1"],
            output,
            TextWriter.Null);

        Assert.Equal(1, exitCode);
        Assert.Contains("| errors | OCSP unauthorized 100 |", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Floor_is_measured_beside()
    {
        Assert.NotEmpty(RequiredTool.Nginx);
        using var output = new StringWriter();

        int exitCode = await LoadTestCommand.RunAsync([.. Arguments, "--rate", "200", "--warm-up", "0", "--duration", "1", "--get", "0.5", "--floor"], output, TextWriter.Null);

        Assert.True(exitCode is 0 or 1, output.ToString()); // whether the rate was made is not what this is about
        Assert.Contains("| errors | none | none |", output.ToString(), StringComparison.Ordinal);
    }

    private string[] Arguments => ["run", fixture.Served.Url.ToString(), "--issuer", fixture.Served.Ca.CaPath, "--index", fixture.Served.Ca.IndexPath];
}
