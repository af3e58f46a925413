using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Campaigns.Library;

/// <summary>A source that tells a <see cref="StatusHistory"/>, and may be told to be difficult. Each enumeration goes its own way.</summary>
internal sealed class HistorySource(StatusHistory history, TimeProvider timeProvider, TimeSpan interval) : IStatusSource
{
    private const int PartLength = 500;

    private readonly ConcurrentQueue<StatusChange> _lies = new();
    private int _known;
    private int _restarts;
    private int _readings;
    private volatile bool _isReachable = true;

    public string Name => "history";

    /// <summary>How long the history is that has been taken in: applied, and confirmed by a batch to be all there was.</summary>
    public int Known => Volatile.Read(ref _known);

    /// <summary>How many batches were taken.</summary>
    public int Readings => Volatile.Read(ref _readings);

    /// <summary>Where the last enumeration began.</summary>
    public SourcePosition From { get; private set; }

    /// <summary>While it is not, only that is told.</summary>
    public bool IsReachable
    {
        get => _isReachable;
        set => _isReachable = value;
    }

    /// <summary>Lets the source tell everything again.</summary>
    public void Restart() => Interlocked.Increment(ref _restarts);

    /// <summary>Lets the source tell, once, that a revoked certificate is good.</summary>
    public void Lie(string serial)
    {
        _ = SerialNumber.TryParse(serial, out SerialNumber number);
        _lies.Enqueue(new StatusChange(number, CertificateStatus.Good, DateTimeOffset.MaxValue));
    }

    public async IAsyncEnumerable<StatusBatch> ReadAsync(SourcePosition from, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        From = from;
        int offset = int.TryParse(from.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int position) ? position : -1;
        int restarts = Volatile.Read(ref _restarts);
        using var timer = new PeriodicTimer(interval, timeProvider);
        do
        {
            int wanted = Volatile.Read(ref _restarts);
            (offset, restarts) = (wanted == restarts ? offset : -1, wanted);
            if (!_isReachable)
            {
                yield return new StatusBatch { Watermark = timeProvider.GetUtcNow(), Verdict = StatusVerdict.Stale, Problem = "out of reach", Position = Position(offset) };
                continue;
            }

            int length = offset;
            foreach (StatusBatch batch in offset < 0 ? ReadAll(out length) : ReadFrom(ref length))
            {
                yield return batch; // returns when the batch is applied
            }

            offset = length;
            Volatile.Write(ref _known, Math.Max(length, Known));
            Interlocked.Increment(ref _readings);
        }
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
    }

    private IEnumerable<StatusBatch> ReadFrom(ref int offset)
    {
        (IReadOnlyList<HistoryEntry> entries, DateTimeOffset watermark) = history.ReadFrom(offset);
        offset += entries.Count;
        List<StatusChange> changes = [.. entries.Select(entry => entry.ToChange())];
        while (_lies.TryDequeue(out StatusChange lie))
        {
            changes.Add(lie);
        }

        return [new StatusBatch { Changes = changes, Watermark = watermark, Position = Position(offset) }];
    }

    private List<StatusBatch> ReadAll(out int length)
    {
        (IReadOnlyList<HistoryEntry> entries, length, DateTimeOffset watermark) = history.ReadAll();
        HistoryEntry[][] parts = [.. entries.Chunk(PartLength)];
        List<StatusBatch> batches = [.. parts.SkipLast(1).Select(part => Complete(part, StatusBatchKind.CompleteState, default, watermark))];
        batches.Add(Complete(parts.LastOrDefault() ?? [], StatusBatchKind.CompleteStateEnd, Position(length), watermark));
        return batches;
    }

    private static StatusBatch Complete(HistoryEntry[] part, StatusBatchKind kind, SourcePosition position, DateTimeOffset watermark) =>
        new() { Changes = [.. part.Select(entry => entry.ToChange())], Kind = kind, Watermark = watermark, Position = position };

    private static SourcePosition Position(int offset) => new(offset < 0 ? null : offset.ToString(CultureInfo.InvariantCulture));
}
