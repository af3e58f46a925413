using System.Data.Common;
using Dapper;
using PkiCore.MariaDb;

namespace PkiCore.Galera.Tests.MariaDb;

/// <summary>A mapper that many programs use finds all that it needs.</summary>
public sealed class DapperTests(ServerFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private sealed record Row(long Id, string Name, byte[] Serial, DateTime At, int? Reason);

    [Fact]
    public async Task Rows_become_objects_and_parameters_come_from_one()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE mapped (Id BIGINT PRIMARY KEY, Name VARCHAR(20), Serial VARBINARY(20), At DATETIME(6), Reason INT)");
        var at = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        await using (DbTransaction transaction = await connection.BeginTransactionAsync(Token))
        {
            int inserted = await connection.ExecuteAsync(
                "INSERT INTO mapped VALUES (@Id, @Name, @Serial, @At, @Reason)",
                new[] { new Row(1, "one", [1], at, null), new Row(2, "two", [2, 3], at, 5) }, transaction);
            Assert.Equal(2, inserted);
            await transaction.CommitAsync(Token);
        }

        Row[] rows = [.. await connection.QueryAsync<Row>("SELECT * FROM mapped WHERE Id IN @ids ORDER BY Id", new { ids = new[] { 1, 2 } })];

        Assert.Equal(["one", "two"], rows.Select(row => row.Name));
        Assert.Equal([2, 3], rows[1].Serial);
        Assert.Equal(at, rows[0].At);
        Assert.Null(rows[0].Reason);
        Assert.Equal(2, await connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM mapped"));
        Assert.Equal("two", await connection.QuerySingleAsync<string>("SELECT Name FROM mapped WHERE Id = @id", new { id = 2 }));
    }
}
