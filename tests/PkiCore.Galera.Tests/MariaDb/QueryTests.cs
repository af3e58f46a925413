using System.Data.Common;
using PkiCore.MariaDb;

namespace PkiCore.Galera.Tests.MariaDb;

/// <summary>Statements, rows and transactions.</summary>
public sealed class QueryTests(ServerFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_query_over_TLS_returns_its_rows()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = "SELECT seq, CONCAT('row ', seq) FROM seq_1_to_1000 WHERE seq > @least";
        DbParameter least = command.CreateParameter();
        least.ParameterName = "@least";
        least.Value = 10;
        command.Parameters.Add(least);
        await using DbDataReader reader = await command.ExecuteReaderAsync(Token);
        int count = 0;
        while (await reader.ReadAsync(Token))
        {
            count++;
            Assert.Equal(count + 10, reader.GetInt64(0));
            Assert.Equal($"row {count + 10}", reader.GetString(1));
        }

        Assert.Equal(990, count);
    }

    [Fact]
    public async Task A_transaction_that_is_disposed_of_leaves_nothing()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await RunAsync(connection, "CREATE OR REPLACE TABLE left_open (id INT PRIMARY KEY)");
        await using (DbTransaction transaction = await connection.BeginTransactionAsync(Token))
        {
            await RunAsync(connection, "INSERT INTO left_open VALUES (1)", transaction);
        }

        await using (DbTransaction transaction = await connection.BeginTransactionAsync(Token))
        {
            await RunAsync(connection, "INSERT INTO left_open VALUES (2)", transaction);
            await transaction.CommitAsync(Token);
        }

        await using DbCommand command = connection.CreateCommand();
        command.CommandText = "SELECT GROUP_CONCAT(id) FROM left_open";
        Assert.Equal("2", await command.ExecuteScalarAsync(Token));
    }

    private static async Task<int> RunAsync(DbConnection connection, string text, DbTransaction? transaction = null)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.Transaction = transaction;
        return await command.ExecuteNonQueryAsync(Token);
    }
}
