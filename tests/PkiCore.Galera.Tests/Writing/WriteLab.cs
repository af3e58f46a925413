using System.Data.Common;
using PkiCore.MariaDb;

namespace PkiCore.Galera.Tests.Writing;

/// <summary>The lab with an empty schema, and stores that write to it.</summary>
internal sealed class WriteLab : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    private readonly List<IAsyncDisposable> _opened = [];
    private readonly string _folder;
    private readonly string[] _addresses;

    private WriteLab(string folder, string[] addresses) => (_folder, _addresses) = (folder, addresses);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<WriteLab> StartAsync()
    {
        string folder = Environment.GetEnvironmentVariable("PKICORE_LAB")!;
        ToolResult status = await LabAsync("status");
        string[] addresses = [.. status.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[1])];
        var lab = new WriteLab(folder, addresses);
        await lab.SqlAsync(1, "DROP DATABASE IF EXISTS pkicore; CREATE DATABASE pkicore");
        await GaleraSchema.MigrateAsync(lab.Open(1, "admin"), TimeProvider.System, Token);
        await lab.SqlAsync(1, GaleraSchema.UsersScript);
        return lab;
    }

    /// <summary>One node for a user.</summary>
    public DbDataSource Open(int node, string user)
    {
        var source = new MariaDbDataSource(new MariaDbConnectionStringBuilder
        {
            Server = _addresses[node - 1],
            User = user,
            Database = "pkicore",
            CaFile = Path.Combine(_folder, "certs/client-ca.crt"),
            CertificateFile = Path.Combine(_folder, $"certs/{user}.crt"),
            KeyFile = Path.Combine(_folder, $"certs/{user}.key"),
            ConnectTimeout = 3,
        }, TimeProvider.System);
        _opened.Add(source);
        return source;
    }

    /// <summary>A store that writes to these nodes; the first healthy of them is the nearest or not, as it comes.</summary>
    public async Task<RevocationStore> OpenStoreAsync(int[] nodes, RevocationStoreOptions? options = null, string user = "writer", int minDataNodes = 2)
    {
        var cluster = new GaleraCluster(new GaleraOptions { Nodes = [.. nodes.Select(node => new GaleraNode($"node{node}", Open(node, user)))], MinDataNodes = minDataNodes });
        _opened.Add(cluster);
        await cluster.StartAsync(Token);
        var store = new RevocationStore(cluster, options);
        _opened.Add(store);
        return store;
    }

    public async Task<string> SqlAsync(int node, string statements) => (await LabAsync("sql", $"{node}", statements)).Output.Trim();

    public Task KillAsync(int node) => LabAsync("kill", $"{node}");

    public Task StartNodeAsync(int node) => LabAsync("start", $"{node}");

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable opened in Enumerable.Reverse(_opened))
        {
            await opened.DisposeAsync();
        }
    }

    private static Task<ToolResult> LabAsync(params string[] arguments) =>
        ToolProcess.RunCheckedAsync("bash", [Checkout.PathOf("deploy/lab/lab"), .. arguments], s_limit, Token);
}
