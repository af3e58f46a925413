using System.Data.Common;
using PkiCore.MariaDb;
using PkiCore.X509;

namespace PkiCore.Galera.Tests.Crls;

/// <summary>The lab with an empty schema and one CA in it, and clusters that see some of its nodes.</summary>
internal sealed class CrlLab : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    private readonly List<IAsyncDisposable> _opened = [];
    private readonly string _folder;
    private readonly string[] _addresses;
    private readonly CrlAuthority _authority = new("CN=CRL lab");

    private CrlLab(string folder, string[] addresses) => (_folder, _addresses) = (folder, addresses);

    public CrlAuthority Authority => _authority;

    public Issuer Issuer => _authority.Issuer;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<CrlLab> StartAsync()
    {
        string folder = Environment.GetEnvironmentVariable("PKICORE_LAB")!;
        await RunAsync("repair");
        ToolResult status = await RunAsync("status");
        string[] addresses = [.. status.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[1])];
        var lab = new CrlLab(folder, addresses);
        await lab.SqlAsync(1, "DROP DATABASE IF EXISTS pkicore; CREATE DATABASE pkicore");
        await GaleraSchema.MigrateAsync(lab.Open(1, "admin"), TimeProvider.System, Token);
        await lab.SqlAsync(1, GaleraSchema.UsersScript);
        RevocationStore store = await lab.OpenStoreAsync(1);
        await store.RegisterIssuerAsync(lab.Issuer, Token);
        return lab;
    }

    /// <summary>One node for a user.</summary>
    public DbDataSource Open(int node, string user) => Keep(new MariaDbDataSource(new MariaDbConnectionStringBuilder
    {
        Server = _addresses[node - 1],
        User = user,
        Database = "pkicore",
        CaFile = Path.Combine(_folder, "certs/client-ca.crt"),
        CertificateFile = Path.Combine(_folder, $"certs/{user}.crt"),
        KeyFile = Path.Combine(_folder, $"certs/{user}.key"),
        ConnectTimeout = 3,
    }, TimeProvider.System));

    /// <summary>A cluster of which these nodes are known; all of them when none is named.</summary>
    public async Task<GaleraCluster> OpenClusterAsync(string user, params int[] nodes)
    {
        int[] known = nodes.Length > 0 ? nodes : [1, 2, 3];
        GaleraCluster cluster = Keep(new GaleraCluster(new GaleraOptions { Nodes = [.. known.Select(node => new GaleraNode($"node{node}", Open(node, user)))] }));
        await cluster.StartAsync(Token);
        return cluster;
    }

    public async Task<RevocationStore> OpenStoreAsync(params int[] nodes) => Keep(new RevocationStore(await OpenClusterAsync("writer", nodes)));

    public T Keep<T>(T opened)
        where T : IAsyncDisposable
    {
        _opened.Add(opened);
        return opened;
    }

    public async Task<string> SqlAsync(int node, string statements) => (await RunAsync("sql", $"{node}", statements)).Output.Trim();

    public Task KillAsync(int node) => RunAsync("kill", $"{node}");

    public Task StopNodeAsync(int node) => RunAsync("stop", $"{node}");

    public Task StartNodeAsync(int node) => RunAsync("start", $"{node}");

    public Task PauseNodeAsync(int node) => RunAsync("pause", $"{node}");

    public Task ResumeNodeAsync(int node) => RunAsync("resume", $"{node}");

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable opened in Enumerable.Reverse(_opened))
        {
            await opened.DisposeAsync();
        }

        _authority.Dispose();
    }

    private static Task<ToolResult> RunAsync(params string[] arguments) =>
        ToolProcess.RunCheckedAsync("bash", [Checkout.PathOf("deploy/lab/lab"), .. arguments], s_limit, Token);
}
