using PkiCore.Galera.Feed;
using PkiCore.Galera.Tests.Cluster;
using PkiCore.Status;

namespace PkiCore.Galera.Tests.Feed;

/// <summary>The feed, on a node that is not there.</summary>
public sealed class HistoryReadingTests : IDisposable
{
    private readonly EdgeLog _log = new();
    private readonly FakeNode _node = new("node1");
    private readonly ShiftedTimeProvider _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _log.Dispose();
        _node.Dispose();
    }

    [Fact]
    public async Task Feed_goes_on_whatever_the_provider_throws()
    {
        FakeHistories histories = Serve(new FakeHistories());
        histories.Issue();
        await using GaleraCluster cluster = await StartAsync();
        await using IAsyncEnumerator<StatusBatch> batches = Read(cluster);
        await UntilAsync(batches, IsTruth);

        histories.Before = statement => statement.Contains("JOIN issuer", StringComparison.Ordinal) ? throw new InvalidOperationException("the provider is confused") : Task.CompletedTask;
        await UntilAsync(batches, batch => batch.Problem?.Contains("confused", StringComparison.Ordinal) == true);
        histories.Before = _ => Task.CompletedTask;
        histories.Issue();
        await UntilAsync(batches, batch => batch.Changes.Count == 1);
        await UntilAsync(batches, IsTruth);
    }

    [Fact]
    public async Task Change_that_nobody_can_read_is_no_fault_of_the_node_and_those_before_it_count()
    {
        FakeHistories histories = Serve(new FakeHistories());
        histories.Issue();
        await using GaleraCluster cluster = await StartAsync();
        await using IAsyncEnumerator<StatusBatch> batches = Read(cluster);
        await UntilAsync(batches, IsTruth);

        histories.Issue();
        histories.Issue(status: 9);
        StatusBatch changes = await UntilAsync(batches, batch => batch.Changes.Count == 1);
        Assert.Contains("status 9", changes.Problem, StringComparison.Ordinal);
        await UntilAsync(batches, batch => batch.Problem is not null);
        Assert.Empty(_log.WithId(613)); // "failed while it was used": all CAs would lose their node
        Assert.NotNull(cluster.View.Nearest);
    }

    [Fact]
    public async Task Wait_for_the_newest_is_never_skipped_because_a_node_allows_dirty_reads()
    {
        Serve(new FakeHistories()).Issue();
        await using GaleraCluster cluster = await StartAsync();
        await using IAsyncEnumerator<StatusBatch> batches = Read(cluster);
        await UntilAsync(batches, IsTruth);
        string[] waits = [.. _node.Statements.Where(statement => statement.Contains("wsrep_sync_wait = 1", StringComparison.Ordinal))];
        Assert.NotEmpty(waits);
        Assert.All(waits, statement => Assert.Contains("wsrep_dirty_reads = OFF", statement, StringComparison.Ordinal));
    }

    [Fact]
    public async Task First_reading_does_not_count_while_the_clock_is_wrong()
    {
        Serve(new FakeHistories()).Issue();
        _clock.Shift = TimeSpan.FromHours(-1);
        await using GaleraCluster cluster = await StartAsync();
        await using IAsyncEnumerator<StatusBatch> batches = Read(cluster);
        StatusBatch end = await UntilAsync(batches, batch => batch.Kind != StatusBatchKind.CompleteState);
        Assert.Equal(StatusVerdict.Stale, end.Verdict);
        Assert.Contains("clock", end.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Position_of_before_is_not_confirmed_by_an_older_look_at_a_database_that_has_lost_its_end()
    {
        Serve(new FakeHistories()).Issue();
        await using GaleraCluster cluster = await StartAsync();
        cluster.History.Start();
        await Eventually.HoldsAsync("there was a causal reading", () => cluster.History.News.Value is { Causal: not null, Node: not null }, Token);

        var position = new HistoryPosition(100, FakeHistories.Digest(1), null);
        await using IAsyncEnumerator<StatusBatch> batches = Read(cluster, from: position.ToSourcePosition());
        Assert.True(await batches.MoveNextAsync());
        Assert.Equal(StatusVerdict.OtherHistory, batches.Current.Verdict);
    }

    [Fact]
    public async Task Many_sources_that_load_leave_connections_for_the_others()
    {
        const int issuers = 25;
        FakeHistories histories = Serve(new FakeHistories(issuers));
        histories.Issue();
        int loading = 0;
        int most = 0;
        var mayEnd = new TaskCompletionSource();
        histories.Before = async statement =>
        {
            if (statement.Contains("FROM certificate", StringComparison.Ordinal))
            {
                InterlockedMax(ref most, Interlocked.Increment(ref loading));
                await mayEnd.Task;
                Interlocked.Decrement(ref loading);
            }
        };
        await using GaleraCluster cluster = await StartAsync();
        Task[] readings = [.. Enumerable.Range(1, issuers).Select(issuer => LoadAsync(cluster, issuer))];
        await Eventually.HoldsAsync("some load", () => Volatile.Read(ref loading) >= 3, Token);
        await Eventually.HoldsAsync("the watch reads meanwhile", () => cluster.History.News.Value.Causal is not null, Token);
        mayEnd.SetResult();
        await Task.WhenAll(readings);
        Assert.Equal(3, most);
    }

    private static bool IsTruth(StatusBatch batch) => batch is { Verdict: StatusVerdict.Current, Kind: StatusBatchKind.Changes };

    private static async Task<StatusBatch> UntilAsync(IAsyncEnumerator<StatusBatch> batches, Func<StatusBatch, bool> isIt)
    {
        do
        {
            Assert.True(await batches.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), Token));
        }
        while (!isIt(batches.Current));

        return batches.Current;
    }

    private static IAsyncEnumerator<StatusBatch> Read(GaleraCluster cluster, int issuer = 1, SourcePosition from = default) =>
        new HistoryReading(cluster, FakeHistories.Key(issuer), "Test CA", from).RunAsync(Token).GetAsyncEnumerator(Token);

    private static async Task LoadAsync(GaleraCluster cluster, int issuer)
    {
        await using IAsyncEnumerator<StatusBatch> batches = Read(cluster, issuer);
        await UntilAsync(batches, batch => batch.Kind == StatusBatchKind.CompleteStateEnd);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (int known = Volatile.Read(ref most); value > known; known = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, known);
        }
    }

    private FakeHistories Serve(FakeHistories histories)
    {
        _node.Database = histories.AnswerAsync;
        return histories;
    }

    private async Task<GaleraCluster> StartAsync()
    {
        var cluster = new GaleraCluster(new GaleraOptions { Nodes = [_node.Node], ReadInterval = TimeSpan.FromMilliseconds(100) }, _clock, _log);
        await cluster.StartAsync(Token);
        return cluster;
    }
}
