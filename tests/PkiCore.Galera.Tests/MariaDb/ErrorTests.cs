using System.Data;
using System.Data.Common;
using PkiCore.MariaDb;
using PkiCore.Testing.MariaDb;

namespace PkiCore.Galera.Tests.MariaDb;

/// <summary>The server's refusals arrive with their numbers, and the connection lives on.</summary>
public sealed class ErrorTests(ServerFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_duplicate_key_is_1062_and_not_transient()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await connection.RunAsync("CREATE TEMPORARY TABLE t (id INT PRIMARY KEY)");
        await connection.RunAsync("INSERT INTO t VALUES (1)");
        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(() => connection.RunAsync("INSERT INTO t VALUES (1)"));
        Assert.Equal(1062, fault.Number);
        Assert.Equal("23000", fault.SqlState);
        Assert.False(fault.IsTransient);
        Assert.Equal(ConnectionState.Open, connection.State);
        Assert.Equal(1, await connection.RunAsync("UPDATE t SET id = 1"));
    }

    [Fact]
    public async Task A_lock_that_is_waited_for_too_long_is_1205_and_transient()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection first = await source.OpenConnectionAsync(Token);
        await using DbConnection second = await source.OpenConnectionAsync(Token);
        await first.RunAsync("CREATE OR REPLACE TABLE locked (id INT PRIMARY KEY)");
        await first.RunAsync("INSERT INTO locked VALUES (1)");
        await first.RunAsync("SET autocommit = 0");
        await first.RunAsync("UPDATE locked SET id = 2");
        await second.RunAsync("SET innodb_lock_wait_timeout = 1");
        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(() => second.RunAsync("UPDATE locked SET id = 3"));
        Assert.Equal(1205, fault.Number);
        Assert.True(fault.IsTransient);
        Assert.Equal(ConnectionState.Open, second.State);
    }

    [Fact]
    public async Task A_deadlock_is_1213_and_transient()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection first = await source.OpenConnectionAsync(Token);
        await using DbConnection second = await source.OpenConnectionAsync(Token);
        await first.RunAsync("CREATE OR REPLACE TABLE crossed (id INT PRIMARY KEY, v INT)");
        await first.RunAsync("INSERT INTO crossed VALUES (1, 0), (2, 0)");
        await first.RunAsync("SET autocommit = 0");
        await second.RunAsync("SET autocommit = 0");
        await first.RunAsync("UPDATE crossed SET v = 1 WHERE id = 1");
        await second.RunAsync("UPDATE crossed SET v = 1 WHERE id = 2");
        Task<int>[] both = [first.RunAsync("UPDATE crossed SET v = 1 WHERE id = 2"), second.RunAsync("UPDATE crossed SET v = 1 WHERE id = 1")];
        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(async () => await Task.WhenAll(both));
        Assert.Equal(1213, fault.Number);
        Assert.True(fault.IsTransient);
        Assert.Equal("40001", fault.SqlState);
    }

    [Fact]
    public async Task A_syntax_error_is_not_transient()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(() => connection.RunAsync("SELEKT"));
        Assert.Equal(1064, fault.Number);
        Assert.False(fault.IsTransient);
    }

    [Fact]
    public async Task An_error_behind_the_rows_of_a_procedure_is_not_lost()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await connection.RunAsync("CREATE OR REPLACE PROCEDURE late_fault() BEGIN SELECT 1; SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001; END");
        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(() => connection.ScalarAsync("CALL late_fault()"));
        Assert.Equal(30001, fault.Number);
        fault = await Assert.ThrowsAsync<MariaDbException>(() => connection.RunAsync("CALL late_fault()"));
        Assert.Equal(30001, fault.Number);
        Assert.Equal("x", await connection.ScalarAsync("SELECT 'x'"));
    }

    [Fact]
    public async Task A_statement_that_returns_rows_and_then_fails_has_failed()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await connection.RunAsync("CREATE OR REPLACE TABLE returned (id INT PRIMARY KEY)");
        const string Insert = "INSERT INTO returned SELECT seq FROM seq_1_to_20000 UNION ALL SELECT 1 RETURNING id";
        Assert.Equal(1062, (await Assert.ThrowsAsync<MariaDbException>(() => connection.ScalarAsync(Insert))).Number);
        Assert.Equal(1062, (await Assert.ThrowsAsync<MariaDbException>(() => connection.RunAsync(Insert))).Number);
        Assert.Equal(0L, await connection.ScalarAsync("SELECT COUNT(*) FROM returned"));
    }

    [Fact]
    public async Task A_commit_that_failed_cannot_be_made_to_succeed_by_a_second_one()
    {
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        await ServerFixture.PrepareAsync(server);
        await using MariaDbDataSource source = ServerFixture.SourceOf(server);
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbConnection other = await source.OpenConnectionAsync(Token);
        await connection.RunAsync("CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB");
        await connection.RunAsync("SET lock_wait_timeout = 1");
        await using DbTransaction transaction = await connection.BeginTransactionAsync(Token);
        await using DbCommand command = connection.Command("INSERT INTO t VALUES (1)");
        command.Transaction = transaction;
        await command.ExecuteNonQueryAsync(Token);
        await other.RunAsync("FLUSH TABLES WITH READ LOCK");

        await Assert.ThrowsAsync<MariaDbException>(() => transaction.CommitAsync(Token));

        await other.RunAsync("UNLOCK TABLES");
        await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.CommitAsync(Token));
        await transaction.RollbackAsync(Token);
        Assert.Equal(0L, await connection.ScalarAsync("SELECT COUNT(*) FROM t"));
    }

    [Theory]
    [InlineData(1020, true)]
    [InlineData(1153, false)]
    [InlineData(1047, true)]
    [InlineData(2002, true)]
    [InlineData(2003, true)]
    [InlineData(2006, true)]
    [InlineData(2013, true)]
    [InlineData(2026, false)]
    [InlineData(1045, false)]
    public void Transient_is_what_another_try_may_mend(int number, bool transient) =>
        Assert.Equal(transient, new MariaDbException(number, null, "").IsTransient);
}
