using PkiCore.Galera.Cluster;
using PkiCore.MariaDb;

namespace PkiCore.Galera.Tests.Faults;

/// <summary>Clients that are not who they say they are, while others work.</summary>
[Collection(LabGroup.Name)]
public sealed class RefusedClientTests(LabFixture fixture) : FaultTests(fixture)
{
    [Fact]
    public async Task Certificate_of_a_client_is_refused_on_the_replication_port()
    {
        await using LabScene scene = await ArrangeAsync(seed: 11);
        Edge edge = await scene.AddEdgeAsync(cancellationToken: Cancellation);
        scene.Crew.Run(WriterPause);
        foreach (string user in new[] { "edge", "writer", "publisher", "admin" })
        {
            Assert.False(await ReplicationPort.GreetsAsync(scene.Lab, 1, scene.Lab.ClientFiles(user), Cancellation), $"{user} may replicate");
        }

        await scene.RevocationArrivesAsync(edge, 1, Cancellation);
        AssertKept(await scene.JudgeAsync(1, Cancellation));
    }

    [Fact]
    public async Task Certificate_of_one_user_is_refused_for_another()
    {
        await using LabScene scene = await ArrangeAsync(seed: 12);
        Edge edge = await scene.AddEdgeAsync(cancellationToken: Cancellation);
        var log = new EdgeLog();
        await using var cluster = new GaleraCluster(new GaleraOptions { Nodes = [Node(scene.Lab, "writer", "edge", password: "")] }, TimeProvider.System, log);
        await cluster.StartAsync(Cancellation);
        await using var store = new RevocationStore(cluster, new RevocationStoreOptions { Timeout = TimeSpan.FromSeconds(1) });

        RevocationStoreException refused = await Assert.ThrowsAsync<RevocationStoreException>(() => store.RevokeAsync(scene.Issuer, scene.Crew.Serials[0], cancellationToken: Cancellation));
        Assert.False(refused.IsOutcomeUnknown);
        Assert.Contains("Access denied for user 'writer'", refused.Message, StringComparison.Ordinal);
        Tells(log, 602, "Isolated", "Access denied for user 'writer'", "check the user, its password and the subject of the client certificate");
        await scene.RevocationArrivesAsync(edge, 1, Cancellation);
        AssertKept(await scene.JudgeAsync(1, Cancellation));
    }

    [Fact]
    public async Task Node_that_refuses_the_password_is_not_read_and_the_others_are()
    {
        await using LabScene scene = await ArrangeAsync(seed: 13);
        Edge edge = await scene.AddEdgeAsync(options => options with { Nodes = [Node(scene.Lab, "edge", "edge", "wrong"), .. options.Nodes.Skip(1)] }, cancellationToken: Cancellation);
        scene.Crew.Run(WriterPause);
        await scene.RevocationArrivesAsync(edge, 1, Cancellation);

        Assert.False(edge.Cluster.View.Nodes[0].IsHealthy);
        Assert.Contains(edge.Node, new[] { 2, 3 });
        Tells(edge.Log, 600, $"node1 is {nameof(NodeState.Unreachable)}", "Access denied for user 'edge'", "check the user, its password");
        Assert.DoesNotContain(edge.Log.Lines, line => line.Contains("wrong", StringComparison.Ordinal));
        AssertKept(await scene.JudgeAsync(1, Cancellation));
    }

    private static GaleraNode Node(Lab lab, string user, string certificateOf, string password)
    {
        LabClientFiles files = lab.ClientFiles(certificateOf);
        var connection = new MariaDbConnectionStringBuilder
        {
            Server = lab.Address(1),
            User = user,
            Password = password,
            Database = LabConnections.Database,
            CaFile = files.Ca,
            CertificateFile = files.Certificate,
            KeyFile = files.Key,
        };
        return new GaleraNode("node1", new MariaDbDataSource(connection, TimeProvider.System));
    }
}
