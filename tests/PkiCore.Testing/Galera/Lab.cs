using System.Text.RegularExpressions;

namespace PkiCore.Testing.Galera;

/// <summary>The cluster that deploy/lab/lab makes. Its members are that script's commands.</summary>
public sealed partial class Lab : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    private readonly Dictionary<string, string?> _environment;
    private readonly Dictionary<int, string> _addresses = [];
    private string _folder = "";

    private Lab(string folder) => _environment = new(StringComparer.Ordinal) { ["PKICORE_LAB"] = folder };

    /// <summary>The nodes with data.</summary>
    public IReadOnlyList<int> Nodes { get; private set; } = [];

    /// <summary>Makes a cluster, in place of an earlier one in the same folder.</summary>
    /// <param name="folder">Where; servers run as another user, who has to get at it.</param>
    /// <param name="arbitrator">Two nodes and an arbitrator instead of three nodes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Lab> StartAsync(string folder, bool arbitrator, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw RequiredTool.Missing("the lab needs root", "run the tests as root: it makes network namespaces", Checkout.IsCI);
        }

        RequiredTool.Find("mariadbd");
        RequiredTool.Find("garbd");
        var lab = new Lab(folder) { Nodes = arbitrator ? [1, 2] : [1, 2, 3] };
        await lab.RunAsync(arbitrator ? ["up", "--arbitrator"] : ["up"], cancellationToken);
        lab._folder = (await lab.RunAsync(["folder"], cancellationToken)).Trim();
        foreach (Match match in NodeLine().Matches(await lab.RunAsync(["status"], cancellationToken)))
        {
            lab._addresses[int.Parse(match.Groups["number"].ValueSpan, provider: null)] = match.Groups["address"].Value;
        }

        return lab;
    }

    /// <summary>The IP address of a node.</summary>
    public string Address(int node) => _addresses[node];

    /// <summary>What a client of a user needs: admin, edge, writer or publisher.</summary>
    public (string Ca, string Certificate, string Key) ClientFiles(string user) =>
        (Path.Combine(_folder, "certs", "client-ca.crt"), Path.Combine(_folder, "certs", $"{user}.crt"), Path.Combine(_folder, "certs", $"{user}.key"));

    /// <summary>A command of the script.</summary>
    /// <returns>What it prints.</returns>
    public async Task<string> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var options = new ToolOptions { Timeout = s_limit, Environment = _environment };
        return (await ToolProcess.RunCheckedAsync(Checkout.PathOf("deploy/lab/lab"), arguments, options, cancellationToken)).Output;
    }

    /// <summary>A command about a node: kill, stop, start, pause, resume, bootstrap, wipe, partition, isolate.</summary>
    public Task<string> RunAsync(string command, int node, CancellationToken cancellationToken) => RunAsync([command, $"{node}"], cancellationToken);

    /// <summary>Statements as root over a node's socket.</summary>
    public async Task<string> SqlAsync(int node, string statements, CancellationToken cancellationToken)
    {
        var options = new ToolOptions { Timeout = s_limit, Environment = _environment, Input = System.Text.Encoding.UTF8.GetBytes(statements) };
        return (await ToolProcess.RunCheckedAsync(Checkout.PathOf("deploy/lab/lab"), ["sql", $"{node}"], options, cancellationToken)).Output;
    }

    /// <summary>Takes back all faults, and waits until all nodes are well.</summary>
    public Task RepairAsync(CancellationToken cancellationToken) => RunAsync(["repair"], cancellationToken);

    public async ValueTask DisposeAsync() => await RunAsync(["down"], CancellationToken.None);

    [GeneratedRegex(@"^node(?<number>\d) (?<address>\S+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NodeLine();
}
