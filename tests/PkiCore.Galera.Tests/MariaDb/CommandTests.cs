using System.Data;
using System.Data.Common;
using System.Globalization;
using PkiCore.MariaDb;

namespace PkiCore.Galera.Tests.MariaDb;

/// <summary>Parameters, prepared statements, and what code written against ADO.NET's base classes does.</summary>
public sealed class CommandTests(ServerFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_rows_of_eight_columns_go_in_with_one_statement()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await connection.RunAsync("CREATE TEMPORARY TABLE wide (a INT, b BIGINT, c VARCHAR(20), d VARBINARY(20), e DATETIME(6), f TINYINT, g DECIMAL(10,2), h INT)");
        string rows = string.Join(", ", Enumerable.Range(0, 1000).Select(i => $"(@a{i}, @b{i}, @c{i}, @d{i}, @e{i}, @f{i}, @g{i}, @h{i})"));
        await using DbCommand command = connection.Command($"INSERT INTO wide VALUES {rows}");
        for (int i = 0; i < 1000; i++)
        {
            object?[] values = [i, (long)i, $"row {i}", new byte[] { (byte)i }, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc), (sbyte)1, 1.25m, null];
            for (int column = 0; column < values.Length; column++)
            {
                command.Parameters.Add(new MariaDbParameter(string.Create(CultureInfo.InvariantCulture, $"@{(char)('a' + column)}{i}"), values[column]));
            }
        }

        Assert.Equal(1000, await command.ExecuteNonQueryAsync(Token));
        Assert.Equal("499500 499500 1250.00 0", await connection.ScalarAsync("SELECT CONCAT_WS(' ', SUM(a), SUM(b), SUM(g), COUNT(h)) FROM wide"));
    }

    [Fact]
    public async Task A_prepared_command_runs_again_with_other_values_also_after_the_connection_was_reset()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync(settings => settings.MaximumPoolSize = 1);
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbCommand command = connection.Command("SELECT CAST(@a + @b AS SIGNED)");
        command.Parameters.Add(new MariaDbParameter("a", 1));
        command.Parameters.Add(new MariaDbParameter("@b", 2));
        await command.PrepareAsync(Token);
        for (int i = 0; i < 3; i++)
        {
            command.Parameters[0].Value = i;
            Assert.Equal(i + 2L, await command.ExecuteScalarAsync(Token));
        }

        await connection.CloseAsync();
        await connection.OpenAsync(Token);
        Assert.Equal(4L, await command.ExecuteScalarAsync(Token));
    }

    [Theory]
    [InlineData("SELECT '?', \"@x\", `a``?` FROM (SELECT 1 AS `a``?`) t -- @y ?\n WHERE 1 = ?")]
    [InlineData("SELECT 'it''s \\' ?' /* @z ? */ # ?\n WHERE @@version IS NOT NULL AND ? = 1")]
    public async Task Markers_in_quotes_and_comments_are_no_parameters(string text)
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        Assert.NotNull(await connection.ScalarAsync(text, 1));
    }

    [Fact]
    public async Task A_parameter_that_is_missing_or_too_many_is_an_error_before_the_server_is_asked()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        InvalidOperationException missing = await Assert.ThrowsAsync<InvalidOperationException>(() => connection.ScalarAsync("SELECT @nothing"));
        Assert.Contains("@nothing", missing.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.ScalarAsync("SELECT ?"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.ScalarAsync("SELECT ?", 1, 2));
        await Assert.ThrowsAsync<NotSupportedException>(() => connection.ScalarAsync("SELECT ?", new object()));
    }

    [Fact]
    public async Task A_command_outside_of_the_open_transaction_is_refused()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.RunAsync("DO 1"));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await connection.BeginTransactionAsync(Token));
    }

    [Fact]
    public async Task Affected_rows_are_rows_found()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await connection.RunAsync("CREATE TEMPORARY TABLE t (id INT PRIMARY KEY, v INT)");
        Assert.Equal(2, await connection.RunAsync("INSERT INTO t VALUES (1, 1), (2, 2)"));
        Assert.Equal(1, await connection.RunAsync("UPDATE t SET v = 1 WHERE id = 1"));
        Assert.Equal(0, await connection.RunAsync("DELETE FROM t WHERE id = 3"));
        Assert.Equal(-1, await connection.RunAsync("SELECT * FROM t"));
    }

    [Fact]
    public async Task A_procedure_leaves_the_connection_usable()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await connection.RunAsync("CREATE OR REPLACE PROCEDURE two_results() BEGIN SELECT 1; SELECT 2; END");
        Assert.Equal(1, Convert.ToInt32(await connection.ScalarAsync("CALL two_results()"), CultureInfo.InvariantCulture));
        Assert.Equal(3, Convert.ToInt32(await connection.ScalarAsync("SELECT 3"), CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_mapper_finds_its_way_by_names_and_types()
    {
        // As Dapper does it: through the base classes of the factory, by column names, types and boxed values.
        DbDataSource source = MariaDbFactory.Instance.CreateDataSource(ServerFixture.Settings(await fixture.Server).ConnectionString);
        await using DbDataSource owned = source;
        await using DbConnection connection = source.CreateConnection();
        await connection.OpenAsync(Token);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = "SELECT 1 AS Id, 'one' AS Name, x'01' AS Data, NULL AS Missing";
        await using DbDataReader reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess | CommandBehavior.SingleResult, Token);
        Assert.True(reader.HasRows);
        Assert.Equal(["Id", "Name", "Data", "Missing"], Enumerable.Range(0, reader.FieldCount).Select(reader.GetName));
        Assert.Equal(typeof(string), reader.GetFieldType(1));
        Assert.True(await reader.ReadAsync(Token));
        object[] values = new object[4];
        Assert.Equal(4, reader.GetValues(values));
        Assert.Equal([1, "one", new byte[] { 1 }, DBNull.Value], values);
        Assert.Equal("one", reader["name"]);
        Assert.False(await reader.ReadAsync(Token));
        Assert.False(await reader.NextResultAsync(Token));
    }

    [Fact]
    public async Task A_comment_ends_behind_its_beginning()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        Assert.Equal("x", await connection.ScalarAsync("SELECT /*/ @none */ 'x'"));
    }

    [Fact]
    public async Task What_is_not_supported_says_so()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbCommand command = connection.Command("SELECT 1");
        Assert.Throws<NotSupportedException>(() => command.CommandType = CommandType.StoredProcedure);
        Assert.Throws<NotSupportedException>(() => connection.ChangeDatabase("mysql"));
        Assert.Throws<NotSupportedException>(() => connection.ConnectionString = "Server=other");
        Assert.Throws<NotSupportedException>(() => new MariaDbParameter { Direction = ParameterDirection.Output });
        Assert.Throws<NotSupportedException>(MariaDbFactory.Instance.CreateConnection);
    }
}
