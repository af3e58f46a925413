using System.Data.Common;
using PkiCore.MariaDb;

namespace PkiCore.Galera.Tests.Writing;

/// <summary>The lab with a schema, and stores that write to it.</summary>
internal sealed class WriteLab : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _opened = [];

    private WriteLab(Lab lab) => Lab = lab;

    public Lab Lab { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<WriteLab> StartAsync(LabFixture fixture)
    {
        var lab = new WriteLab(await fixture.HealthyAsync(Token));
        await LabScene.PrepareAsync(lab.Lab, Token);
        return lab;
    }

    /// <summary>One node for a user, who may show the certificate of another one.</summary>
    public DbDataSource Open(int node, string user, string? certificateOf = null, string database = LabConnections.Database)
    {
        LabClientFiles files = Lab.ClientFiles(certificateOf ?? user);
        var source = new MariaDbDataSource(new MariaDbConnectionStringBuilder
        {
            Server = Lab.Address(node),
            User = user,
            Database = database,
            CaFile = files.Ca,
            CertificateFile = files.Certificate,
            KeyFile = files.Key,
            ConnectTimeout = 3,
        }, TimeProvider.System);
        _opened.Add(source);
        return source;
    }

    public async Task<GaleraCluster> OpenClusterAsync(GaleraOptions options)
    {
        var cluster = new GaleraCluster(options);
        _opened.Add(cluster);
        await cluster.StartAsync(Token);
        return cluster;
    }

    public GaleraOptions Options(string user, params int[] nodes) => new() { Nodes = [.. nodes.Select(node => new GaleraNode($"node{node}", Open(node, user)))] };

    public RevocationStore OpenStore(GaleraCluster cluster, RevocationStoreOptions? options = null)
    {
        var store = new RevocationStore(cluster, options);
        _opened.Add(store);
        return store;
    }

    /// <summary>A store that writes to these nodes.</summary>
    public async Task<RevocationStore> OpenStoreAsync(params int[] nodes) => OpenStore(await OpenClusterAsync(Options("writer", nodes)));

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable opened in Enumerable.Reverse(_opened))
        {
            await opened.DisposeAsync();
        }
    }
}
