using System.Data.Common;
using PkiCore.Galera.Tests.Writing;

namespace PkiCore.Galera.Tests.Schema;

/// <summary>Migrations on a real cluster.</summary>
[Collection(LabGroup.Name)]
public sealed class GaleraSchemaTests(LabFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Three_migrators_at_once_make_one_schema()
    {
        await using WriteLab lab = await WriteLab.StartAsync(fixture);
        await lab.Lab.SqlAsync(1, "DROP DATABASE IF EXISTS migrated; CREATE DATABASE migrated", Token);
        DbDataSource[] nodes = [.. lab.Lab.Nodes.Select(node => lab.Open(node, "admin", database: "migrated"))];
        await Task.WhenAll(nodes.Select(node => GaleraSchema.MigrateAsync(node, TimeProvider.System, Token)));
        Assert.Empty(await GaleraSchema.MigrateAsync(nodes[0], TimeProvider.System, Token));
        foreach (DbDataSource node in nodes)
        {
            Assert.Null(await FindProblemAsync(node));
        }
    }

    [Fact]
    public async Task Missing_older_and_newer_schemas_are_told_apart()
    {
        await using WriteLab lab = await WriteLab.StartAsync(fixture);
        await lab.Lab.SqlAsync(1, "DROP DATABASE IF EXISTS migrated; CREATE DATABASE migrated", Token);
        DbDataSource node = lab.Open(1, "admin", database: "migrated");
        Assert.Contains("missing: run 'db migrate'", await FindProblemAsync(node), StringComparison.Ordinal);
        await GaleraSchema.MigrateAsync(node, TimeProvider.System, Token);
        await lab.Lab.SqlAsync(1, "INSERT INTO migrated.schema_version VALUES (99, NOW(6))", Token);
        Assert.Contains("install the program", await FindProblemAsync(node), StringComparison.Ordinal);
        await lab.Lab.SqlAsync(1, "DELETE FROM migrated.schema_version", Token);
        Assert.Contains("run 'db migrate'", await FindProblemAsync(node), StringComparison.Ordinal);
    }

    private static async Task<string?> FindProblemAsync(DbDataSource node)
    {
        await using DbConnection connection = await node.OpenConnectionAsync(Token);
        return await GaleraSchema.FindProblemAsync(connection, Token);
    }
}
