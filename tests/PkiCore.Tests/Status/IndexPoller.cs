using PkiCore.Status;

namespace PkiCore.Tests.Status;

/// <summary>What one look at an index brought: the changes of all its batches, and the last of them.</summary>
internal sealed record IndexPoll(IReadOnlyList<StatusChange> Changes, IReadOnlyList<StatusBatch> Batches)
{
    public StatusBatch Last => Batches[^1];

    public StatusVerdict Verdict => Last.Verdict;

    public DateTimeOffset Watermark => Last.Watermark;

    public string? Problem => Last.Problem;

    public CertificateStatus StatusOf(string serial) => Assert.Single(Changes, change => change.Serial.ToString() == serial).Status;
}

/// <summary>An index file in a folder of its own, and a source that looks at it when the test says so.</summary>
internal sealed class IndexPoller : IAsyncDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly TemporaryDirectory _directory = new();
    private readonly CancellationTokenSource _deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private IAsyncEnumerator<StatusBatch> _batches;
    private bool _polled;

    public IndexPoller()
    {
        _deadline.CancelAfter(TimeSpan.FromMinutes(1));
        Path = _directory.File("index.txt");
        _batches = Read(default);
    }

    public ManualTimeProvider Clock { get; } = new();

    public string Path { get; }

    public static string Good(string serial, string expiry = "300101000000Z") => $"V\t{expiry}\t\t{serial}\tunknown\t/CN=a\n";

    public static string Revoked(string serial, string revocation = "260101000000Z") => $"R\t300101000000Z\t{revocation}\t{serial}\tunknown\t/CN=a\n";

    public static string Held(string serial) => Revoked(serial, "260101000000Z,certificateHold");

    public void Write(params string[] lines) => File.WriteAllText(Path, string.Concat(lines));

    /// <summary>The next batch of a look that has begun.</summary>
    public async Task<StatusBatch> NextBatchAsync()
    {
        Assert.True(await _batches.MoveNextAsync());
        return _batches.Current;
    }

    /// <summary>Begins another enumeration, from a position.</summary>
    public async Task RestartAsync(SourcePosition from)
    {
        await _batches.DisposeAsync();
        _batches = Read(from);
        _polled = false;
    }

    /// <summary>Lets the source look at the file once, after the interval.</summary>
    public async Task<IndexPoll> PollAsync()
    {
        await WaitForLookAsync();
        return await FinishPollAsync([]);
    }

    /// <summary>Lets the source look at the file once, and takes the first batch.</summary>
    public async Task<StatusBatch> BeginPollAsync()
    {
        await WaitForLookAsync();
        return await NextBatchAsync();
    }

    public async Task<IndexPoll> FinishPollAsync(List<StatusChange> changes)
    {
        List<StatusBatch> batches = [];
        do
        {
            batches.Add(await NextBatchAsync());
            changes.AddRange(batches[^1].Changes);
        }
        while (batches[^1].Kind == StatusBatchKind.CompleteState);

        return new IndexPoll(changes, batches);
    }

    /// <summary>Polls until the file is believed to be unchanged.</summary>
    public async Task SettleAsync()
    {
        while ((await PollAsync()).Last.Kind != StatusBatchKind.Changes)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _batches.DisposeAsync();
        _deadline.Dispose();
        _directory.Dispose();
    }
    private IAsyncEnumerator<StatusBatch> Read(SourcePosition from) =>
        new OpenSslIndexSource(Path, Clock, Interval).ReadAsync(from, _deadline.Token).GetAsyncEnumerator(_deadline.Token);

    private async Task WaitForLookAsync()
    {
        if (_polled)
        {
            await Clock.WaitForTimersAsync(1, _deadline.Token);
            Clock.Advance(Interval);
        }

        _polled = true;
    }
}
