namespace PkiCore.Galera.Tests.Faults;

/// <summary>The database does not have the schema that the edge knows.</summary>
[Collection(LabGroup.Name)]
public sealed class SchemaFaultTests(LabFixture fixture) : FaultTests(fixture)
{
    [Fact]
    public async Task Missing_schema_is_told_with_what_to_do()
    {
        await using LabScene scene = await ArrangeAsync(seed: 15);
        await scene.Lab.SqlAsync(1, "CREATE OR REPLACE DATABASE pkicore_empty; GRANT SELECT ON pkicore_empty.* TO edge@'%'", Cancellation);
        try
        {
            Edge edge = await scene.AddEdgeAsync(options => options with { Nodes = [.. scene.Lab.Nodes.Select(node => LabConnections.Node(scene.Lab, node, "edge", "pkicore_empty"))] }, cancellationToken: Cancellation);
            await WillTellAsync(edge.Log, 620, "the schema is missing: run 'db migrate'");
            await WillTellAsync(edge.Log, 201, "the schema is missing: run 'db migrate'");
            Assert.Null(await edge.AskAsync(scene.Crew.Serials[0]));
            Assert.False(edge.Log.Tells(602), "nodes were given up for what no node can help");
        }
        finally
        {
            await scene.Lab.SqlAsync(1, "REVOKE SELECT ON pkicore_empty.* FROM edge@'%'; DROP DATABASE pkicore_empty", Cancellation);
        }
    }

    [Fact]
    public async Task Newer_schema_is_not_read_and_told_with_what_to_do()
    {
        await using LabScene scene = await ArrangeAsync(seed: 16);
        Edge before = await scene.AddEdgeAsync(cancellationToken: Cancellation);
        scene.Crew.Run(WriterPause);
        await scene.Lab.SqlAsync(1, "INSERT INTO pkicore.schema_version VALUES (999, UTC_TIMESTAMP(6))", Cancellation);
        try
        {
            Edge edge = await scene.AddEdgeAsync(cancellationToken: Cancellation);
            await WillTellAsync(edge.Log, 620, "the schema has version 999", "install the program that goes with it");
            Assert.Null(await edge.AskAsync(scene.Crew.Serials[0]));
            await scene.RevocationArrivesAsync(before, 1, Cancellation); // who is connected goes on
        }
        finally
        {
            await scene.Lab.SqlAsync(1, "DELETE FROM pkicore.schema_version WHERE version = 999", Cancellation);
        }

        AssertKept(await scene.JudgeAsync(1, Cancellation)); // by both
    }
}
