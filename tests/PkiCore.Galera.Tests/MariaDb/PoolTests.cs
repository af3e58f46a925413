using System.Data;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using PkiCore.MariaDb;
using PkiCore.Testing.MariaDb;

namespace PkiCore.Galera.Tests.MariaDb;

/// <summary>Connections are shared, and nothing of one user is left for the next.</summary>
public sealed class PoolTests(ServerFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_closed_connection_is_used_again_as_new()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync(settings => settings.MaximumPoolSize = 1);
        object? id;
        await using (DbConnection connection = await source.OpenConnectionAsync(Token))
        {
            id = await connection.ScalarAsync("SELECT CONNECTION_ID()");
            await connection.RunAsync("SET time_zone = '+05:00', wsrep_sync_wait = 7");
            await connection.RunAsync("SET NAMES latin1");
        }

        await using (DbConnection connection = await source.OpenConnectionAsync(Token))
        {
            Assert.Equal(id, await connection.ScalarAsync("SELECT CONNECTION_ID()"));
            Assert.Equal("+00:00 0 utf8mb4 utf8mb4", await connection.ScalarAsync(
                "SELECT CONCAT_WS(' ', @@time_zone, @@wsrep_sync_wait, @@character_set_client, @@character_set_results)"));
            Assert.Equal("ü", await connection.ScalarAsync("SELECT ?", "ü"));
        }
    }

    [Fact]
    public async Task A_transaction_that_was_left_open_is_rolled_back_before_the_connection_is_used_again()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync(settings => settings.MaximumPoolSize = 1);
        await using (DbConnection connection = await source.OpenConnectionAsync(Token))
        {
            await connection.RunAsync("CREATE OR REPLACE TABLE abandoned (id INT PRIMARY KEY)");
            DbTransaction transaction = await connection.BeginTransactionAsync(Token);
            await using DbCommand command = connection.Command("INSERT INTO abandoned VALUES (1)");
            command.Transaction = transaction;
            await command.ExecuteNonQueryAsync(Token);
        }

        await using (DbConnection connection = await source.OpenConnectionAsync(Token))
        {
            Assert.Equal(0L, await connection.ScalarAsync("SELECT COUNT(*) FROM abandoned"));
        }
    }

    [Fact]
    public async Task An_exhausted_pool_makes_callers_wait_in_their_order_and_no_longer_than_their_deadline()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync(settings =>
        {
            settings.MaximumPoolSize = 1;
            settings.ConnectTimeout = 1;
        });
        DbConnection only = await source.OpenConnectionAsync(Token);
        long start = Stopwatch.GetTimestamp();

        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(async () => await source.OpenConnectionAsync(Token));

        Assert.Contains("pool", fault.Message, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromMilliseconds(900), TimeSpan.FromMilliseconds(1800));
        var order = new List<int>();
        Task[] waiting = [.. Enumerable.Range(0, 3).Select(async i =>
        {
            await using DbConnection connection = await source.OpenConnectionAsync(Token);
            lock (order)
            {
                order.Add(i);
            }
        })];
        await only.DisposeAsync();
        await Task.WhenAll(waiting);
        Assert.Equal([0, 1, 2], order);
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_for_a_connection()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync(settings => settings.MaximumPoolSize = 1);
        await using DbConnection only = await source.OpenConnectionAsync(Token);
        using var cancellation = new CancellationTokenSource(100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await source.OpenConnectionAsync(cancellation.Token));
    }

    [Fact]
    public async Task A_connection_that_the_server_has_ended_meanwhile_is_replaced()
    {
        MariaDbServer server = await fixture.Server;
        var time = new ManualTimeProvider();
        MariaDbConnectionStringBuilder settings = ServerFixture.Settings(server);
        settings.MaximumPoolSize = 1;
        await using var source = new MariaDbDataSource(settings, time);
        long id;
        await using (DbConnection connection = await source.OpenConnectionAsync(Token))
        {
            id = Convert.ToInt64(await connection.ScalarAsync("SELECT CONNECTION_ID()"), CultureInfo.InvariantCulture);
        }

        // Longer than a connection is believed without a question.
        await Eventually.HoldsAsync("the connection is back in the pool", () => source.IdleConnections == 1, Token);
        time.Advance(TimeSpan.FromSeconds(1));
        await server.SqlAsync($"KILL CONNECTION {id}");
        await using (DbConnection connection = await source.OpenConnectionAsync(Token))
        {
            Assert.NotEqual(id, Convert.ToInt64(await connection.ScalarAsync("SELECT CONNECTION_ID()"), CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public async Task Disposing_of_the_source_ends_every_thread_also_of_connections_in_use()
    {
        MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using (DbConnection idle = await source.OpenConnectionAsync(Token))
        {
            Assert.Equal(ConnectionState.Open, idle.State);
        }

        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbCommand command = connection.Command("SELECT SLEEP(30)");
        Task<object?> running = command.ExecuteScalarAsync(Token);

        await source.DisposeAsync();

        Assert.Equal(0, source.AbandonedConnections);
        await Assert.ThrowsAsync<MariaDbException>(() => running);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await source.OpenConnectionAsync(Token));
    }

    [Fact]
    public async Task Who_waits_hears_at_once_that_nothing_can_be_opened_because_too_much_hangs()
    {
        const int MostThatMayHang = 64;
        using var directory = new TemporaryDirectory();
        // Opening a pipe that nobody writes to hangs, and no socket that could be shut down is there yet.
        string pipe = directory.File("ca.pem");
        using (Process make = Process.Start("mkfifo", [pipe]))
        {
            await make.WaitForExitAsync(Token);
            Assert.Equal(0, make.ExitCode);
        }

        await using MariaDbDataSource source = await fixture.OpenSourceAsync(settings =>
        {
            settings.CaFile = pipe;
            settings.MaximumPoolSize = 1;
            settings.ConnectTimeout = 120;
        });
        for (int i = 1; i < MostThatMayHang; i++)
        {
            using var end = new CancellationTokenSource();
            Task opening = source.OpenConnectionAsync(end.Token).AsTask();
            await end.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        }

        Assert.Equal(MostThatMayHang - 1, source.AbandonedConnections);

        using var cancellation = new CancellationTokenSource();
        Task last = source.OpenConnectionAsync(cancellation.Token).AsTask();
        Task[] waiting = [source.OpenConnectionAsync(Token).AsTask(), source.OpenConnectionAsync(Token).AsTask()];
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => last);
        foreach (Task waiter in waiting)
        {
            MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(() => waiter.WaitAsync(TimeSpan.FromSeconds(30), Token));
            Assert.Contains("given up", fault.Message, StringComparison.Ordinal);
        }

        // A writer lets them all go on to their end.
        await using var writer = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite);
        await Eventually.HoldsAsync("the threads have ended", () => source.AbandonedConnections == 0, Token);
    }

    [Fact]
    public async Task Many_callers_share_few_connections()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync(settings => settings.MaximumPoolSize = 3);
        object?[] ids = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            await using DbConnection connection = await source.OpenConnectionAsync(Token);
            Assert.Equal((long)i, await connection.ScalarAsync("SELECT CAST(? AS SIGNED)", i));
            return await connection.ScalarAsync("SELECT CONNECTION_ID()");
        }));
        Assert.InRange(ids.Distinct().Count(), 1, 3);
    }

    [Fact]
    public async Task Synchronous_callers_need_no_thread_of_the_pool_to_go_on()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        using DbConnection connection = source.OpenConnection();
        using DbTransaction transaction = connection.BeginTransaction(IsolationLevel.Serializable);
        using DbCommand command = connection.Command("SELECT seq FROM seq_1_to_3");
        command.Transaction = transaction;
        using (DbDataReader reader = command.ExecuteReader())
        {
            int count = 0;
            while (reader.Read())
            {
                count++;
            }

            Assert.Equal(3, count);
        }

        transaction.Commit();
        Assert.Throws<InvalidOperationException>(transaction.Commit);
    }

    [Fact]
    public async Task A_connection_that_nobody_uses_is_closed_after_a_while()
    {
        var time = new ManualTimeProvider();
        await using var source = new MariaDbDataSource(ServerFixture.Settings(await fixture.Server), time);
        await using (DbConnection connection = await source.OpenConnectionAsync(Token))
        {
            Assert.Equal(ConnectionState.Open, connection.State);
        }

        await Eventually.HoldsAsync("the connection is back in the pool", () => source.IdleConnections == 1, Token);
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(0, source.IdleConnections);
        await Eventually.HoldsAsync("its thread has ended", () => source.AbandonedConnections == 0, Token);
    }
}
