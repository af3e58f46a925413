using System.Text.Json.Nodes;
using PkiCore.Responder.Demo;

namespace PkiCore.Galera.Tests.Commands;

/// <summary>The program's commands on the lab, with a CA of their own.</summary>
internal sealed class CommandLab : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private CommandLab(Lab lab)
    {
        Lab = lab;
        Ca = DemoCa.Create(_folder.File("ca"), new DemoCaOptions(), TimeProvider.System);
        File.WriteAllText(Config, new JsonObject { ["Galera"] = Section() }.ToJsonString());
    }

    public Lab Lab { get; }

    public DemoCa Ca { get; }

    public string Config => _folder.File("galera.json");

    public string PathOf(string name) => _folder.File(name);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<CommandLab> StartAsync(LabFixture fixture)
    {
        var lab = new CommandLab(await fixture.HealthyAsync(Token));
        await LabScene.PrepareAsync(lab.Lab, Token);
        return lab;
    }

    /// <summary>Runs a command on the database and the CA.</summary>
    public Task<ToolResult> OnCaAsync(int exitCode, params string[] arguments) => RunAsync(exitCode, [.. arguments, "--config", Config, "--ca", Ca.CaPath]);

    public static async Task<ToolResult> RunAsync(int exitCode, params string[] arguments)
    {
        ToolResult result = await ResponderProcess.RunAsync(arguments, Token);
        Assert.True(result.ExitCode == exitCode, result.ToString());
        return result;
    }

    public void Dispose() => _folder.Dispose();

    private JsonObject Section()
    {
        var section = new JsonObject
        {
            ["Nodes"] = new JsonArray([.. Lab.Nodes.Select(node => new JsonObject { ["Name"] = $"node{node}", ["Host"] = Lab.Address(node) })]),
            ["CaFile"] = Lab.ClientFiles("edge").Ca,
        };
        foreach (string role in new[] { "Edge", "Writer", "Publisher", "Admin" })
        {
            string user = role.ToLowerInvariant();
            LabClientFiles files = Lab.ClientFiles(user);
            section[role] = new JsonObject { ["User"] = user, ["Certificate"] = files.Certificate, ["Key"] = files.Key };
        }

        return section;
    }
}
