using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Status;

namespace PkiCore.Tests.Status;

public sealed class StatusFeedTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly List<StatusBatch> _applied = [];

    public static TheoryData<string> Faults => ["throws before its first batch", "throws after a batch", "ends", "throws at once", "is cancelled by itself"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_source_that_stops_is_read_again_after_a_second(string fault)
    {
        using var stopping = new CancellationTokenSource();
        var source = new FaultySource(fault);
        Task feed = new StatusFeed(source, _clock, NullLogger.Instance).RunAsync(default, _applied.Add, stopping.Token);
        await _clock.WaitForTimersAsync(1, TestContext.Current.CancellationToken);
        Assert.Equal([null], source.Positions);

        _clock.Advance(TimeSpan.FromSeconds(1));
        await source.Recovered.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal([null, fault is "throws after a batch" or "ends" ? "1" : null], source.Positions);
        Assert.Equal(fault != "ends", _applied.Any(batch => batch.Verdict == StatusVerdict.Stale && batch.Problem!.StartsWith("faulty: ", StringComparison.Ordinal)));
        await stopping.CancelAsync();
        await feed.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_report_of_a_fault_keeps_the_position()
    {
        using var stopping = new CancellationTokenSource();
        Task feed = new StatusFeed(new FaultySource("throws after a batch"), _clock, NullLogger.Instance).RunAsync(default, _applied.Add, stopping.Token);
        await _clock.WaitForTimersAsync(1, TestContext.Current.CancellationToken);

        Assert.Equal(["1", "1"], _applied.Select(batch => batch.Position.Value));
        await stopping.CancelAsync();
        await feed.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    /// <summary>Fails the first time and works the second.</summary>
    private sealed class FaultySource(string fault) : IStatusSource
    {
        private readonly TaskCompletionSource _recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Name => "faulty";

        public List<string?> Positions { get; } = [];

        public Task Recovered => _recovered.Task;

        public IAsyncEnumerable<StatusBatch> ReadAsync(SourcePosition from, CancellationToken cancellationToken = default)
        {
            Positions.Add(from.Value);
            if (Positions.Count == 1 && fault == "throws at once")
            {
                throw new InvalidOperationException(fault);
            }

            return Positions.Count == 1 ? FailAsync(cancellationToken) : WorkAsync(cancellationToken);
        }

        private async IAsyncEnumerable<StatusBatch> FailAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            if (fault == "throws before its first batch")
            {
                throw new IOException(fault);
            }

            if (fault == "is cancelled by itself")
            {
                throw new OperationCanceledException(fault);
            }

            yield return new StatusBatch { Watermark = DateTimeOffset.UnixEpoch, Position = new SourcePosition("1") };
            if (fault == "throws after a batch")
            {
                throw new IOException(fault);
            }
        }

        private async IAsyncEnumerable<StatusBatch> WorkAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return new StatusBatch { Watermark = DateTimeOffset.UnixEpoch, Position = new SourcePosition("2") };
            _recovered.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
    }
}
