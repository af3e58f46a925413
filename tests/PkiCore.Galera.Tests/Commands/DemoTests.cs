using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PkiCore.Galera.Tests.Commands;

/// <summary><c>demo --galera</c>, by the commands of the README and those that it prints.</summary>
[Collection(LabGroup.Name)]
public sealed class DemoTests(LabFixture fixture, ITestOutputHelper output) : IDisposable
{
    private const string Run = "dotnet run -c Release --project src/PkiCore.Responder -- ";

    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Three_commands_of_the_README_show_a_revocation_on_the_lab()
    {
        string[] commands = ReadmeCommands();
        Assert.Equal(3, commands.Length);
        Assert.Equal("sudo deploy/lab/lab up", commands[0]);
        Lab lab = await fixture.HealthyAsync(Token);

        Assert.StartsWith(Run, commands[1], StringComparison.Ordinal);
        await using ResponderProcess responder = await StartAsync([.. commands[1][Run.Length..].Replace("artifacts/lab/", lab.FullPath + "/", StringComparison.Ordinal).Split(' ')]);
        string query = Printed(responder, "openssl ocsp ")[0];
        Assert.Contains("good.pem: good", await ShellAsync(query), StringComparison.Ordinal);
        foreach (string name in DocumentedMetrics()) // some are known from the second question to a node on
        {
            await Eventually.HoldsAsync($"/metrics has {name}", async () => (await responder.GetAsync("metrics", Token)).Body.Contains($"# TYPE {name} ", StringComparison.Ordinal), Token);
        }

        Assert.StartsWith(Run, commands[2], StringComparison.Ordinal);
        Assert.Contains(" revoked: revoked since ", await ShellAsync(commands[2].Replace(Run, ResponderProcess.Program + " ", StringComparison.Ordinal)), StringComparison.Ordinal);
        TimeSpan time = await Eventually.HoldsAsync("revoked", async () => (await ShellAsync(query)).Contains("good.pem: revoked", StringComparison.Ordinal), Token);
        output.WriteLine($"the query said revoked {time.TotalSeconds:0.00} s after the command had ended");
        Assert.Equal(0, await responder.StopAsync(Token));
    }

    [Fact]
    public async Task It_prints_commands_that_work_as_they_are()
    {
        Lab lab = await fixture.HealthyAsync(Token);
        await using ResponderProcess responder = await StartAsync(["demo", "--galera", SectionOf(lab)]);
        string[] queries = Printed(responder, "openssl ocsp ");
        Assert.Contains("good.pem: good", await ShellAsync(queries[0]), StringComparison.Ordinal);
        Assert.Contains("revoked.pem: revoked", await ShellAsync(queries[1]), StringComparison.Ordinal);
        Assert.Contains("unauthorized (6)", await ShellAsync(queries[2]), StringComparison.Ordinal);

        Assert.Contains(" revoked: revoked since ", await ShellAsync(Assert.Single(Printed(responder, ResponderProcess.Program + " revoke "))), StringComparison.Ordinal);
        await Eventually.HoldsAsync("revoked, and why", async () => (await ShellAsync(queries[^1])).Contains("Reason: keyCompromise", StringComparison.Ordinal), Token);
        string status = await ShellAsync(Assert.Single(Printed(responder, ResponderProcess.Program + " galera status ")));
        Assert.All(lab.Nodes, node => Assert.Contains($"node{node}  Synced", status, StringComparison.Ordinal));
        Assert.DoesNotContain(Printed(responder, "openssl ca "), command => command.Contains("-revoke", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_goes_on_where_it_was_but_not_with_a_cluster_that_does_not_know_the_CA()
    {
        Lab lab = await fixture.HealthyAsync(Token);
        await using (ResponderProcess first = await StartAsync(["demo", "--galera", SectionOf(lab)]))
        {
            Assert.Contains("5 certificates: 5 added.", first.Output, StringComparison.Ordinal);
        }

        await using (ResponderProcess again = await StartAsync(["demo", "--galera", SectionOf(lab)]))
        {
            Assert.Contains("The schema is up to date", again.Output, StringComparison.Ordinal);
            Assert.Contains("5 certificates: 5 already there", again.Output, StringComparison.Ordinal);
        }

        await lab.SqlAsync(1, """
            USE pkicore;
            SET @ca = (SELECT MAX(id) FROM issuer);
            DELETE FROM status_change WHERE issuer_id = @ca;
            DELETE FROM certificate WHERE issuer_id = @ca;
            DELETE FROM history WHERE issuer_id = @ca;
            DELETE FROM issuer WHERE id = @ca;
            """, Token);
        ToolResult refused = await RunAsync(["demo", "--galera", SectionOf(lab)]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("was used with another cluster", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_makes_no_users_in_a_cluster_whose_users_are_others()
    {
        Lab lab = await fixture.HealthyAsync(Token);
        JsonNode section = JsonNode.Parse(await File.ReadAllTextAsync(SectionOf(lab), Token))!;
        section["Galera"]!["Writer"] = section["Galera"]!["Publisher"]!.DeepClone();
        section["Galera"]!["Writer"]!["User"] = "writer";
        await File.WriteAllTextAsync(_folder.File("other.json"), section.ToJsonString(), Token);
        ToolResult refused = await RunAsync(["demo", "--galera", "other.json"]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("--galera: this cluster has other users", refused.Error, StringComparison.Ordinal);
    }

    private static string SectionOf(Lab lab) => Path.Combine(lab.FullPath, "galera.json");

    private static string[] ReadmeCommands()
    {
        string text = File.ReadAllText(Checkout.PathOf("README.md"));
        string section = text[text.IndexOf("## On a Galera cluster", StringComparison.Ordinal)..];
        return section.Split("```")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>On ports that the system picks, beside other tests.</summary>
    private static string[] WithPorts(string[] arguments) => [.. arguments, "--port", "0", "--management", "http://127.0.0.1:0"];

    private static string[] DocumentedMetrics()
    {
        string[] names = [.. Regex.Matches(File.ReadAllText(Checkout.PathOf("docs/galera.md")), "pkicore_[a-z_]+", RegexOptions.None, TimeSpan.FromSeconds(1)).Select(match => match.Value)];
        Assert.True(names.Length > 5, "the operator's page names no metrics");
        return names;
    }

    private async Task<ResponderProcess> StartAsync(string[] arguments)
    {
        ResponderProcess responder = await ResponderProcess.StartAsync(WithPorts(arguments), workingDirectory: _folder.FullPath, cancellationToken: Token);
        await responder.WaitForOutputAsync("Stop with Ctrl+C.", Token);
        return responder;
    }

    private Task<ToolResult> RunAsync(string[] arguments) =>
        ResponderProcess.RunAsync(WithPorts(arguments), Token, new ToolOptions { Timeout = TimeSpan.FromMinutes(1), WorkingDirectory = _folder.FullPath });

    private static string[] Printed(ResponderProcess responder, string start) =>
        [.. responder.Output.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith(start, StringComparison.Ordinal) && !line.Contains("-respin", StringComparison.Ordinal))];

    private async Task<string> ShellAsync(string command)
    {
        ToolResult result = await ToolProcess.RunAsync("sh", ["-c", command], new ToolOptions { Timeout = TimeSpan.FromMinutes(1), WorkingDirectory = _folder.FullPath }, Token);
        return result.Output + result.Error;
    }
}
