using System.Data;
using System.Data.Common;
using System.Diagnostics;
using PkiCore.MariaDb;
using PkiCore.Testing.MariaDb;

namespace PkiCore.Galera.Tests.MariaDb;

/// <summary>A server that does not answer costs its callers no more than their deadline, and nobody else anything.</summary>
public sealed class HangTests(ServerFixture fixture)
{
    // Far above what is measured (a few milliseconds), far below any timeout of the library.
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(1500);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Stages => [nameof(FakeStage.Accept), nameof(FakeStage.Greeting), nameof(FakeStage.Tls), nameof(FakeStage.Login)];

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task Cancelling_ends_an_open_that_hangs_and_its_thread_ends_too(string stage)
    {
        MariaDbServer real = await fixture.Server;
        await using var fake = new FakeServer(Enum.Parse<FakeStage>(stage), real.Certificates);
        await using MariaDbDataSource source = ServerFixture.SourceOf(real, settings => settings.Port = fake.Port);
        using var cancellation = new CancellationTokenSource(200);
        long start = Stopwatch.GetTimestamp();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await source.OpenConnectionAsync(cancellation.Token));

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromMilliseconds(150), s_soon);
        await Eventually.HoldsAsync("the thread has ended", () => source.AbandonedConnections == 0, Token);
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task The_connect_timeout_ends_an_open_that_hangs(string stage)
    {
        MariaDbServer real = await fixture.Server;
        await using var fake = new FakeServer(Enum.Parse<FakeStage>(stage), real.Certificates);
        await using MariaDbDataSource source = ServerFixture.SourceOf(real, settings =>
        {
            settings.Port = fake.Port;
            settings.ConnectTimeout = 1;
        });
        long start = Stopwatch.GetTimestamp();

        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(async () => await source.OpenConnectionAsync(Token));

        Assert.True(fault.IsTransient, fault.ToString());
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(1) + s_soon);
    }

    [Fact]
    public async Task Hung_servers_do_not_keep_the_thread_pool_from_starting_work()
    {
        MariaDbServer real = await fixture.Server;
        await using var first = new FakeServer(FakeStage.Accept, real.Certificates);
        await using var second = new FakeServer(FakeStage.Greeting, real.Certificates);
        await using var third = new FakeServer(FakeStage.Tls, real.Certificates);
        FakeServer[] servers = [first, second, third];
        MariaDbDataSource[] sources = [.. servers.Select(server => ServerFixture.SourceOf(real, settings =>
        {
            settings.Port = server.Port;
            settings.MaximumPoolSize = 20;
        }))];
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task[] opening = [.. sources.SelectMany(source => Enumerable.Range(0, 20).Select(_ => source.OpenConnectionAsync(cancellation.Token).AsTask()))];
        await Eventually.HoldsAsync("all hang", () => servers.All(server => server.Connections == 20), Token);

        // The median: a pool without a free thread makes every one of them late, a busy machine now and then one.
        var waits = new List<TimeSpan>();
        for (int i = 0; i < 21; i++)
        {
            long start = Stopwatch.GetTimestamp();
            waits.Add(await Task.Run(() => Stopwatch.GetElapsedTime(start), Token));
        }

        Assert.All(opening, task => Assert.False(task.IsCompleted));
        Assert.InRange(waits.Order().ElementAt(10), TimeSpan.Zero, TimeSpan.FromMilliseconds(50));
        await cancellation.CancelAsync();
        await Task.WhenAll(opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await Task.WhenAll(sources.Select(source => source.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task Cancelling_a_query_returns_at_once_and_the_connection_is_not_used_again()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync(settings => settings.MaximumPoolSize = 1);
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        object? before = await connection.ScalarAsync("SELECT CONNECTION_ID()");
        await using DbCommand command = connection.Command("SELECT SLEEP(30)");
        using var cancellation = new CancellationTokenSource(200);
        long start = Stopwatch.GetTimestamp();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteScalarAsync(cancellation.Token));

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromMilliseconds(150), s_soon);
        Assert.Equal(ConnectionState.Broken, connection.State);
        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(() => connection.ScalarAsync("SELECT 1"));
        Assert.True(fault.IsTransient);
        await connection.CloseAsync();
        await connection.OpenAsync(Token);
        Assert.NotEqual(before, await connection.ScalarAsync("SELECT CONNECTION_ID()"));
    }

    [Fact]
    public async Task A_command_timeout_ends_a_query()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbCommand command = connection.Command("SELECT SLEEP(30)");
        command.CommandTimeout = 1;
        long start = Stopwatch.GetTimestamp();

        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(() => command.ExecuteScalarAsync(Token));

        Assert.IsType<TimeoutException>(fault.InnerException);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromMilliseconds(900), TimeSpan.FromSeconds(1) + s_soon);
    }

    [Fact]
    public async Task Cancel_ends_a_synchronous_query()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbCommand command = connection.Command("SELECT SLEEP(30)");
        using var timer = new Timer(_ => command.Cancel(), null, 200, Timeout.Infinite);
        long start = Stopwatch.GetTimestamp();

        Assert.Throws<MariaDbException>(() => command.ExecuteScalar());

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromMilliseconds(150), s_soon);
    }

    [Fact]
    public async Task A_server_that_hangs_in_the_middle_of_a_result_runs_into_the_deadline()
    {
        MariaDbServer server = await fixture.Server;
        await using var relay = new FreezingRelay(server.Port);
        await using MariaDbDataSource source = ServerFixture.SourceOf(server, settings => settings.Port = relay.Port);
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbCommand command = connection.Command("SELECT seq, REPEAT('x', 200) FROM seq_1_to_1000000");
        command.CommandTimeout = 1;
        await using DbDataReader reader = await command.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token));
        relay.Freeze();

        MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(() => ReadAllAsync(reader, Token));

        Assert.True(fault.IsTransient);
        Assert.Equal(ConnectionState.Broken, connection.State);
    }

    [Fact]
    public async Task Cancelling_in_the_middle_of_a_result_returns_at_once()
    {
        MariaDbServer server = await fixture.Server;
        await using var relay = new FreezingRelay(server.Port);
        await using MariaDbDataSource source = ServerFixture.SourceOf(server, settings => settings.Port = relay.Port);
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbCommand command = connection.Command("SELECT seq, REPEAT('x', 200) FROM seq_1_to_1000000");
        await using DbDataReader reader = await command.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token));
        relay.Freeze();
        using var cancellation = new CancellationTokenSource(200);
        long start = Stopwatch.GetTimestamp();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ReadAllAsync(reader, cancellation.Token));

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromMilliseconds(150), s_soon);
    }

    private static async Task ReadAllAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken))
        {
        }
    }
}
