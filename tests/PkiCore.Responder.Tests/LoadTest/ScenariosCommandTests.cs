using System.Text.Json.Nodes;

namespace PkiCore.Responder.Tests.LoadTest;

/// <summary>Scenarios of the load test with a real host. The tool runs as a process of its own: it keeps itself on one processor.</summary>
public sealed class ScenariosCommandTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(4);

    private readonly TemporaryDirectory _directory = new();

    private static string Program => Checkout.PathOf($"artifacts/bin/PkiCore.LoadTest/{Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))}/PkiCore.LoadTest");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task What_disturbs_hits_has_happened_and_is_counted()
    {
        string path = _directory.File("figures.json");

        ToolResult result = await RunAsync("--quick", "--only", "pipelining", "nonce", "slow-loris", "--json", path);

        Assert.True(result.ExitCode == 0, result.ToString());
        JsonArray scenarios = JsonNode.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))!["scenarios"]!.AsArray();
        Assert.Equal(["pipelining", "nonce", "slow-loris"], scenarios.Select(scenario => (string)scenario!["name"]!));
        Assert.All(scenarios, scenario =>
        {
            JsonNode turn = scenario!["turns"]!.AsArray().Single()!;
            Assert.True((int)turn["beside"]!["verified"]! > 0, scenario.ToJsonString());
            Assert.Empty(turn["beside"]!["errors"]!.AsObject());
        });
        Assert.True(Fact(scenarios[0]!, "pipelined answers per second") > 0);
        Assert.True(Fact(scenarios[1]!, "nonces answered per second") > 0);
        Assert.True(Fact(scenarios[2]!, "slow connections cut") > 0);
    }

    [Fact]
    public async Task Revoked_certificates_are_answered_so_during_a_storm()
    {
        string path = _directory.File("figures.json");

        ToolResult result = await RunAsync("--quick", "--only", "revocation-storm", "--json", path);

        Assert.True(File.Exists(path), result.ToString());
        JsonNode scenario = JsonNode.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))!["scenarios"]!.AsArray().Single()!;
        Assert.True(scenario["turns"]!.AsArray().Count == 1, result.ToString());
        Assert.True(Fact(scenario, "answered revoked by then") > 0);
        // While a change is being taken over, a reply to be signed for that certificate is put off (architecture rule 4).
        Assert.All(scenario["turns"]![0]!["beside"]!["errors"]!.AsObject(), error => Assert.Equal("OCSP tryLater", error.Key));
    }

    [Fact]
    public async Task Snapshot_is_written_while_hits_are_measured()
    {
        string path = _directory.File("figures.json");

        ToolResult result = await RunAsync("--quick", "--only", "snapshot", "--json", path);

        Assert.True(result.ExitCode == 0, result.ToString());
        JsonNode scenario = JsonNode.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))!["scenarios"]!.AsArray().Single()!;
        Assert.True(Fact(scenario, "snapshots written") >= 1);
    }

    [Theory]
    [InlineData("There is no scenario 'steady-99'", "--only", "steady-99")]
    [InlineData("--turns has to be", "--turns", "0")]
    [InlineData("--seconds has to be", "--seconds", "0.5")]
    [InlineData("--seconds has to be", "--seconds", "21")]
    [InlineData("--save needs --turns 3 or more", "--save", "--turns", "2")]
    [InlineData("not with --quick or --only", "--save", "--quick")]
    [InlineData("not with --quick or --only", "--save", "--only", "nonce")]
    public async Task Wrong_arguments_end_with_2_and_a_reason(string reason, params string[] arguments)
    {
        ToolResult result = await RunAsync(arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
    }

    private static double Fact(JsonNode scenario, string name) => (double)scenario["turns"]![0]!["facts"]![name]!;

    private static Task<ToolResult> RunAsync(params string[] arguments) =>
        ToolProcess.RunAsync(Program, ["scenarios", .. arguments], s_limit, TestContext.Current.CancellationToken);
}
