namespace PkiCore.Responder.Tests;

/// <summary>The <c>table</c> command of bench/PkiCore.Benchmarks in its short form: it has to run when somebody wants to measure.</summary>
public sealed class TableBenchmarkTests
{
    private static string Program =>
        Checkout.PathOf($"artifacts/bin/PkiCore.Benchmarks/{Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))}/PkiCore.Benchmarks");

    [Fact]
    public async Task Quick_run_checks_every_answer_and_prints_every_line()
    {
        ToolResult result = await ToolProcess.RunAsync(Program, ["table", "--quick", "--count", "20000"], TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, result.ToString());
        string[] lines = [.. result.Output.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal))];
        Assert.All(lines, line => Assert.Equal(4, line.Split(" | ").Length));
        Assert.All(
            [
                "one hash: resident memory per certificate",
                "one hash: peak to resident memory",
                "one hash: in huge pages",
                "one hash: writing a snapshot to `dd conv=fsync` of the same file, page cache warm",
                "one hash: hits/s, one thread",
                "one hash: single hits, p99",
                "one hash: 2,000 revoked at once, to bare signing",
                "one hash: p99 at 25 % load while snapshots are written",
                "one hash: restart to first answer, source in sync, page cache warm",
                "one hash: restart to first answer, source in sync, page cache cold",
                "one hash: restart to first answer, source unreachable (ServeBeforeSync.Now), page cache warm",
                "one hash: restart to first answer, source unreachable (ServeBeforeSync.Now), page cache cold",
                "one hash, 20-octet serials: resident memory per certificate",
                "SHA-1 and SHA-256 (default): resident memory per certificate",
                "both hashes in one response: resident memory per certificate",
                "one hash, without huge pages: hits/s, one thread",
                "signing ahead to bare signing",
            ],
            measure => Assert.Single(lines, line => line.StartsWith($"| {measure} | ", StringComparison.Ordinal)));
        Assert.Equal(4, lines.Count(line => line.Contains(": every answer read, one in 1,000 verified | as it should be |", StringComparison.Ordinal)));
        Assert.Equal(2, lines.Count(line => line.Contains(": bytes allocated per hit | 0 | 0 |", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("--count")]
    [InlineData("--count", "many")]
    [InlineData("--count", "--quick")]
    [InlineData("--count", "999")]
    public async Task Wrong_count_is_answered_with_the_usage(params string[] arguments)
    {
        ToolResult result = await ToolProcess.RunAsync(Program, ["table", .. arguments], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("Usage: table", result.Error, StringComparison.Ordinal);
    }
}
