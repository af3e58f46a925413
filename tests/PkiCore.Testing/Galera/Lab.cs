using System.Globalization;

namespace PkiCore.Testing;

/// <summary>
/// A real Galera cluster on this machine: deploy/lab/lab as a class. What each command does is in its <c>--help</c>. Nodes are numbered
/// from 1. Only one lab of a kind at a time; a later one takes the place of one that was left behind.
/// </summary>
public sealed class Lab : IAsyncDisposable
{
    /// <summary>The port of every node.</summary>
    public const int Port = 3306;

    // The machine may be busy with other things; the script has deadlines of its own, below these.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, string?> _environment;
    private readonly string[] _addresses = new string[3];

    private Lab(string folder, bool hasArbitrator)
    {
        _environment = new(StringComparer.Ordinal) { ["PKICORE_LAB"] = folder };
        HasArbitrator = hasArbitrator;
    }

    /// <summary>Where the lab keeps certificates, logs and data.</summary>
    public string FullPath { get; private set; } = "";

    /// <summary>Whether an arbitrator without data stands in the place of node 3.</summary>
    public bool HasArbitrator { get; }

    /// <summary>The numbers of the nodes that have data.</summary>
    public IReadOnlyList<int> Nodes => HasArbitrator ? [1, 2] : [1, 2, 3];

    private static string Script => Checkout.PathOf("deploy/lab/lab");

    /// <summary>Makes a cluster and waits until all nodes are in it. Skips the calling test where that cannot be (fails it in CI).</summary>
    public static async Task<Lab> StartAsync(bool arbitrator = false, CancellationToken cancellationToken = default)
    {
        string folder = Environment.GetEnvironmentVariable("PKICORE_LAB") ?? Checkout.PathOf("artifacts/lab-tests");
        var lab = new Lab(arbitrator ? $"{folder}-arbitrator" : folder, arbitrator);
        ToolResult check = await lab.TryRunAsync(["check"], cancellationToken);
        if (check.ExitCode != 0)
        {
            throw RequiredTool.Missing($"no lab: {check.Error.Trim()}", "deploy/lab/lab --help says what it needs", Checkout.IsCI);
        }

        try
        {
            await lab.RunAsync(cancellationToken, arbitrator ? ["up", "--arbitrator"] : ["up"]);
            lab.FullPath = (await lab.RunAsync(cancellationToken, "folder")).Trim();
            for (int node = 1; node <= lab._addresses.Length; node++)
            {
                lab._addresses[node - 1] = (await lab.RunAsync(cancellationToken, "address", Text(node))).Trim();
            }

            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>The IP address of a node; its certificate is for that and for <see cref="HostName"/>.</summary>
    public string Address(int node) => _addresses[node - 1];

    /// <summary>The name in a node's certificate. No resolver knows it.</summary>
    public static string HostName(int node) => $"node{Text(node)}.lab";

    /// <summary>The socket of a node, for root.</summary>
    public string Socket(int node) => Path.Combine(FullPath, $"node{Text(node)}", "mariadbd.sock");

    /// <summary>What a client needs: the user is admin, edge, writer or publisher.</summary>
    public LabClientFiles ClientFiles(string user) => new(CertificateFile("client-ca.crt"), CertificateFile($"{user}.crt"), CertificateFile($"{user}.key"));

    /// <summary>What a node shows to the others.</summary>
    public LabClientFiles ReplicationFiles(int node)
    {
        string name = $"node{Text(node)}-replication";
        return new(CertificateFile("replication-ca.crt"), CertificateFile($"{name}.crt"), CertificateFile($"{name}.key"));
    }

    /// <summary>The end of the process without notice.</summary>
    public Task KillAsync(int node, CancellationToken cancellationToken) => RunAsync(cancellationToken, "kill", Text(node));

    public Task StopAsync(int node, CancellationToken cancellationToken) => RunAsync(cancellationToken, "stop", Text(node));

    /// <summary>Starts a node and waits until it is Synced, or only starts it, for one that cannot get there.</summary>
    public Task StartNodeAsync(int node, CancellationToken cancellationToken, bool wait = true) =>
        RunAsync(cancellationToken, wait ? ["start", Text(node)] : ["start", Text(node), "--no-wait"]);

    /// <summary>Starts a node that has no data any more, which it is to get from that other one. Does not wait for it.</summary>
    public Task StartNodeFromAsync(int donor, int node, CancellationToken cancellationToken) =>
        RunAsync(cancellationToken, "start", Text(node), "--no-wait", "--donor", Text(donor));

    /// <summary>The error log of a node so far.</summary>
    public Task<string> ReadLogAsync(int node, CancellationToken cancellationToken) =>
        File.ReadAllTextAsync(Path.Combine(FullPath, "log", $"node{Text(node)}.log"), cancellationToken);

    /// <summary>Begins the cluster with this node, even if others were in it for longer when forced.</summary>
    public Task BootstrapAsync(int node, CancellationToken cancellationToken, bool force = false) =>
        RunAsync(cancellationToken, force ? ["bootstrap", Text(node), "--force"] : ["bootstrap", Text(node)]);

    /// <summary>SIGSTOP: connections stay, and nothing answers.</summary>
    public Task PauseAsync(int node, CancellationToken cancellationToken) => RunAsync(cancellationToken, "pause", Text(node));

    public Task ResumeAsync(int node, CancellationToken cancellationToken) => RunAsync(cancellationToken, "resume", Text(node));

    /// <summary>Cuts a node off from the other nodes; this machine still reaches it.</summary>
    public Task PartitionAsync(int node, CancellationToken cancellationToken) => RunAsync(cancellationToken, "partition", Text(node));

    /// <summary>Cuts a node off from the other nodes and from this machine.</summary>
    public Task IsolateAsync(int node, CancellationToken cancellationToken) => RunAsync(cancellationToken, "isolate", Text(node));

    /// <summary>Takes back all cuts and delays, and does not wait for what follows.</summary>
    public Task HealAsync(CancellationToken cancellationToken) => RunAsync(cancellationToken, "heal");

    /// <summary>Makes each round trip to a node that much longer.</summary>
    public Task DelayAsync(int node, TimeSpan delay, CancellationToken cancellationToken) =>
        RunAsync(cancellationToken, "delay", Text(node), Text((int)delay.TotalMilliseconds));

    /// <summary>Kills a node and removes its data: when it starts it fetches all of it.</summary>
    public Task WipeAsync(int node, CancellationToken cancellationToken) => RunAsync(cancellationToken, "wipe", Text(node));

    /// <summary>Has a node show new clients another certificate.</summary>
    public Task ShowCertificateAsync(int node, LabCertificate certificate, CancellationToken cancellationToken) => RunAsync(
        cancellationToken,
        "certificate",
        Text(node),
        certificate switch
        {
            LabCertificate.Good => "good",
            LabCertificate.Expired => "expired",
            LabCertificate.OtherCa => "other-ca",
            LabCertificate.WrongName => "wrong-name",
            _ => throw new ArgumentOutOfRangeException(nameof(certificate)),
        });

    /// <summary>Copies the data of a running node, for <see cref="RestoreAsync"/>.</summary>
    public Task BackupAsync(int node, CancellationToken cancellationToken) => RunAsync(cancellationToken, "backup", Text(node));

    /// <summary>Rebuilds the cluster from the copy: what was written since is gone.</summary>
    public Task RestoreAsync(CancellationToken cancellationToken) => RunAsync(cancellationToken, "restore");

    /// <summary>Waits until all nodes are Synced in one cluster.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => RunAsync(cancellationToken, "wait");

    /// <summary>Brings the cluster back from whatever was done to it, except for what was written to the database.</summary>
    public Task RepairAsync(CancellationToken cancellationToken) => RunAsync(cancellationToken, "repair");

    /// <summary>A line for each node, for messages.</summary>
    public Task<string> StatusAsync(CancellationToken cancellationToken) => RunAsync(cancellationToken, "status");

    /// <summary>Asks as root over the node's socket.</summary>
    /// <returns>The rows as lines, the columns separated by tabs.</returns>
    public async Task<string> SqlAsync(int node, string statements, CancellationToken cancellationToken)
    {
        ToolResult result = await ToolProcess.RunCheckedAsync(
            RequiredTool.Find("mariadb"),
            ["--no-defaults", "--user=root", $"--socket={Socket(node)}", "--batch", "--skip-column-names"],
            new ToolOptions { Timeout = s_limit, Input = System.Text.Encoding.UTF8.GetBytes(statements) },
            cancellationToken);
        return result.Output;
    }

    /// <summary>What a node says about itself, such as wsrep_local_state_comment; null where it does not answer.</summary>
    public async Task<string?> WsrepAsync(int node, string name, CancellationToken cancellationToken)
    {
        ToolResult result = await ToolProcess.RunAsync(
            RequiredTool.Find("mariadb"),
            ["--no-defaults", "--user=root", $"--socket={Socket(node)}", "--batch", "--skip-column-names", "-e", $"SHOW GLOBAL STATUS LIKE '{name}'"],
            s_limit,
            cancellationToken);
        return result.ExitCode == 0 ? result.Output.Trim().Split('\t')[^1] : null;
    }

    public async ValueTask DisposeAsync() => await RunAsync(CancellationToken.None, "down");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private string CertificateFile(string name) => Path.Combine(FullPath, "certs", name);

    private async Task<string> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        ToolResult result = await TryRunAsync(arguments, cancellationToken);
        return result.ExitCode == 0 ? result.Output : throw new ToolException(result.ToString());
    }

    private Task<ToolResult> TryRunAsync(string[] arguments, CancellationToken cancellationToken) =>
        ToolProcess.RunAsync(Script, arguments, new ToolOptions { Timeout = s_limit, Environment = _environment }, cancellationToken);
}
