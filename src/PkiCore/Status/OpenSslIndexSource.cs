using System.Runtime.CompilerServices;

namespace PkiCore.Status;

/// <summary>
/// The text database <c>index.txt</c> of <c>openssl ca</c>. It is polled: a change of inode, size or time makes it read again, whole.
/// Every revocation in a readable file is delivered; a file that is missing, unreadable or half-written,
/// or has a line R that names no certificate, is <see cref="StatusVerdict.Stale"/>.
/// </summary>
/// <remarks>Each enumeration keeps its own state, so one source may be enumerated several times.</remarks>
/// <param name="path">The file. It need not be there yet.</param>
/// <param name="timeProvider">The clock of watermarks and polling; the system's by default.</param>
/// <param name="pollInterval">How often to look; 250 ms by default.</param>
public sealed class OpenSslIndexSource(string path, TimeProvider? timeProvider = null, TimeSpan? pollInterval = null) : IStatusSource
{
    private static readonly TimeSpan s_defaultPollInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>File times are coarse: a file that looks unchanged is believed only when it has looked the same for this long.</summary>
    private static readonly TimeSpan s_settlingTime = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _timeProvider = timeProvider ?? TimeProvider.System;
    private readonly TimeSpan _pollInterval = pollInterval ?? s_defaultPollInterval;

    /// <inheritdoc/>
    public string Name { get; } = path;

    /// <inheritdoc/>
    /// <remarks>The position is not used: the file has no history, so an enumeration begins with the complete state.</remarks>
    public async IAsyncEnumerable<StatusBatch> ReadAsync(SourcePosition from, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield(); // reading blocks: not on the caller's thread
        var reading = new Reading(Name, _timeProvider);
        using var timer = new PeriodicTimer(_pollInterval, _timeProvider);
        do
        {
            foreach (StatusBatch batch in reading.Poll())
            {
                yield return batch;
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>What is remembered between two looks at the file.</summary>
    private sealed class Reading(string path, TimeProvider timeProvider)
    {
        private FileIdentity? _lastRead;
        private long _lastReadFirstSeen;
        private bool _settled;
        private bool _hadEntries;
        private string? _problem;

        public IEnumerable<StatusBatch> Poll()
        {
            DateTimeOffset watermark = timeProvider.GetUtcNow(); // before anything is read: DESIGN rule 1
            FileIdentity identity;
            string? fault = null;
            try
            {
                identity = FileIdentity.Of(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                identity = default;
                fault = e.Message;
            }

            if (fault is not null)
            {
                _lastRead = null;
                return [Stale(watermark, [], fault)];
            }

            return _settled && identity == _lastRead
                ? [new StatusBatch { Watermark = watermark, Problem = _problem }]
                : Read(watermark);
        }

        private IEnumerable<StatusBatch> Read(DateTimeOffset watermark)
        {
            var file = new OpenSslIndexFile(path);
            using IEnumerator<IReadOnlyList<StatusChange>> parts = file.Read().GetEnumerator();
            IReadOnlyList<StatusChange> held = [];
            string? fault = null;
            while (true)
            {
                try
                {
                    if (!parts.MoveNext())
                    {
                        break;
                    }
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    fault = e.Message;
                    break;
                }

                // One part is held back, because only the last one can say whether the reading was complete.
                if (held.Count > 0)
                {
                    yield return new StatusBatch { Changes = held, Kind = StatusBatchKind.CompleteState, Watermark = watermark };
                }

                held = parts.Current;
            }

            fault ??= FindFault(file);
            if (fault is not null)
            {
                _lastRead = null;
                yield return Stale(watermark, held, fault);
                yield break;
            }

            Remember(file);
            yield return new StatusBatch { Changes = held, Kind = StatusBatchKind.CompleteStateEnd, Watermark = watermark, Problem = _problem };
        }

        private string? FindFault(OpenSslIndexFile file) =>
            file.IsChanged ? $"{path} changed while it was read"
            : !file.IsComplete ? $"{path} is half-written: its last line has no end"
            : file is { EntryCount: 0, BadLines: { } badLines } ? $"{badLines}: this is not an index of openssl ca"
            : file.LostRevocation is { } line ? $"{path}: a revocation cannot be read: {line}"
            : _hadEntries && file.EntryCount == 0 ? $"{path} has lost all its entries"
            : null;

        private void Remember(OpenSslIndexFile file)
        {
            long now = timeProvider.GetTimestamp();
            if (file.Identity != _lastRead)
            {
                _lastReadFirstSeen = now;
            }

            _settled = file.Identity == _lastRead && timeProvider.GetElapsedTime(_lastReadFirstSeen, now) >= s_settlingTime;
            _lastRead = file.Identity;
            _hadEntries |= file.EntryCount > 0;
            _problem = file.BadLines;
        }

        private static StatusBatch Stale(DateTimeOffset watermark, IReadOnlyList<StatusChange> changes, string problem) =>
            new() { Changes = changes, Watermark = watermark, Verdict = StatusVerdict.Stale, Problem = problem };
    }
}
