using System.Data.Common;
using PkiCore.X509;

namespace PkiCore.Galera.Tests.Crls;

/// <summary>The lab with an empty schema and one CA in it, and clusters that see some of its nodes.</summary>
internal sealed class CrlLab : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _opened = [];
    private readonly CrlAuthority _authority = new("CN=CRL lab");

    private CrlLab(PkiCore.Testing.Lab lab) => Lab = lab;

    public PkiCore.Testing.Lab Lab { get; }

    public CrlAuthority Authority => _authority;

    public Issuer Issuer => _authority.Issuer;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<CrlLab> StartAsync(LabFixture fixture)
    {
        var lab = new CrlLab(await fixture.HealthyAsync(Token));
        await lab.SqlAsync(1, "DROP DATABASE IF EXISTS pkicore; CREATE DATABASE pkicore");
        await LabScene.PrepareAsync(lab.Lab, Token);
        RevocationStore store = await lab.OpenStoreAsync(1);
        await store.RegisterIssuerAsync(lab.Issuer, Token);
        return lab;
    }

    /// <summary>A cluster of which these nodes are known; all of them when none is named.</summary>
    public async Task<GaleraCluster> OpenClusterAsync(string user, params int[] nodes)
    {
        GaleraOptions options = LabConnections.Options(Lab, user, nodes);
        foreach (DbDataSource source in options.Nodes.Select(node => node.DataSource))
        {
            Keep(source);
        }

        GaleraCluster cluster = Keep(new GaleraCluster(options));
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

    public async Task<string> SqlAsync(int node, string statements) => (await Lab.SqlAsync(node, statements, Token)).Trim();

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable opened in Enumerable.Reverse(_opened))
        {
            await opened.DisposeAsync();
        }

        _authority.Dispose();
    }
}
