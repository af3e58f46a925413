using System.Data.Common;
using System.Diagnostics;
using PkiCore.MariaDb;
using PkiCore.Testing.MariaDb;

namespace PkiCore.Galera.Tests.MariaDb;

/// <summary>Alone in the process, because memory is measured.</summary>
[CollectionDefinition(nameof(StreamingTests), DisableParallelization = true)]
public sealed class MeasuredAlone;

/// <summary>The first load of a large table.</summary>
[Collection(nameof(StreamingTests))]
public sealed class StreamingTests(ServerFixture fixture)
{
    private const int Rows = 2_000_000;
    private const string Query = "SELECT serial, status, reason, revoked, not_after, number, shard FROM certificates";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_million_rows_are_read_without_allocating_and_in_bounded_memory()
    {
        MariaDbServer server = await fixture.Server;
        await FillAsync(server);
        await using MariaDbDataSource source = ServerFixture.SourceOf(server);
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbCommand command = connection.Command(Query);
        long memoryBefore = Process.GetCurrentProcess().WorkingSet64;
        using DbDataReader reader = command.ExecuteReader();
        byte[] serial = new byte[20];
        (long sum, int count) = Step(reader, serial, 10_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();

        (long rest, int more) = Step(reader, serial, int.MaxValue);

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{Stopwatch.GetElapsedTime(start)}; {allocated} bytes allocated");
        Assert.Equal(Rows, count + more);
        Assert.Equal((long)Rows * (Rows + 1) / 2, sum + rest);
        // Not one byte per row; what there is belongs to the reader as a whole.
        Assert.InRange(allocated, 0, 10_000);
        Assert.InRange(Process.GetCurrentProcess().WorkingSet64 - memoryBefore, long.MinValue, 64 << 20);
    }

    [Fact]
    public async Task A_slow_reader_gets_every_row()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbCommand command = connection.Command("SELECT seq FROM seq_1_to_100000");
        await using DbDataReader reader = await command.ExecuteReaderAsync(Token);
        long expected = 0;
        while (await reader.ReadAsync(Token))
        {
            Assert.Equal(++expected, reader.GetInt64(0));
            if (expected % 10_000 == 0)
            {
                await Task.Yield();
            }
        }

        Assert.Equal(100_000, expected);
        Assert.False(await reader.ReadAsync(Token));
        Assert.False(await reader.NextResultAsync(Token));
    }

    [Fact]
    public async Task Cancelling_ends_reading_also_when_the_rows_are_there_already()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbConnection other = await source.OpenConnectionAsync(Token);
        object? id = await connection.ScalarAsync("SELECT CONNECTION_ID()");
        await using DbCommand command = connection.Command("SELECT seq FROM seq_1_to_1000");
        await using DbDataReader reader = await command.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token));
        string? state = null;
        while (state != "Sleep")
        {
            state = (string?)await other.ScalarAsync("SELECT COMMAND FROM information_schema.PROCESSLIST WHERE ID = ?", id);
        }

        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (await reader.ReadAsync(cancellation.Token))
            {
            }
        });
    }

    [Fact]
    public async Task A_reader_that_is_closed_early_leaves_the_connection_usable()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        for (int i = 0; i < 5; i++)
        {
            await using DbCommand command = connection.Command("SELECT seq FROM seq_1_to_100000");
            await using DbDataReader reader = await command.ExecuteReaderAsync(Token);
            Assert.True(await reader.ReadAsync(Token));
        }

        Assert.Equal(7, Convert.ToInt32(await connection.ScalarAsync("SELECT 7"), System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_second_command_beside_an_open_reader_is_refused()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using DbCommand command = connection.Command("SELECT seq FROM seq_1_to_10");
        await using DbDataReader reader = await command.ExecuteReaderAsync(Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.RunAsync("DO 1"));
    }

    [Fact]
    public async Task An_error_in_the_middle_of_a_result_reaches_the_reader_and_the_connection_lives()
    {
        await using MariaDbDataSource source = await fixture.OpenSourceAsync();
        await using DbConnection connection = await source.OpenConnectionAsync(Token);
        await using (DbCommand command = connection.Command("SELECT seq, (SELECT seq FROM seq_1_to_2 WHERE s.seq > 5000) FROM seq_1_to_10000 s"))
        {
            await using DbDataReader reader = await command.ExecuteReaderAsync(Token);
            MariaDbException fault = await Assert.ThrowsAsync<MariaDbException>(async () =>
            {
                while (await reader.ReadAsync(Token))
                {
                }
            });
            Assert.Equal(1242, fault.Number);
        }

        Assert.Equal("x", await connection.ScalarAsync("SELECT 'x'"));
    }

    private static (long Sum, int Count) Step(DbDataReader reader, byte[] serial, int most)
    {
        long sum = 0;
        int count = 0;
        while (count < most && reader.Read())
        {
            count++;
            long length = reader.GetBytes(0, 0, serial, 0, serial.Length);
            int status = reader.GetInt32(1) + reader.GetByte(2);
            bool revoked = !reader.IsDBNull(3) && reader.GetDateTime(3).Year == 2020;
            bool shard = !reader.IsDBNull(6) && reader.GetInt32(6) >= 0;
            if (length == 20 && status == 1 && (revoked || shard) && reader.GetFieldValue<DateTime>(4).Kind == DateTimeKind.Utc)
            {
                sum += (long)reader.GetFieldValue<ulong>(5);
            }
        }

        return (sum, count);
    }

    private static Task<string> FillAsync(MariaDbServer server) => server.SqlAsync(
        """
        USE test;
        CREATE OR REPLACE TABLE certificates (
            serial VARBINARY(20) NOT NULL, status TINYINT NOT NULL, reason TINYINT NOT NULL, revoked DATETIME(6) NULL,
            not_after DATETIME(6) NOT NULL, number BIGINT UNSIGNED NOT NULL, shard INT NULL) ENGINE=MyISAM;
        INSERT INTO certificates SELECT UNHEX(SHA1(seq)), 1, 0, IF(seq % 2, '2020-01-02 03:04:05.678901', NULL), '2030-01-01', seq, IF(seq % 2, NULL, seq % 100)
        FROM seq_1_to_2000000
        """);
}
