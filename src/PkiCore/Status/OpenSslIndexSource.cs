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

    /// <summary>How long a file that is believed unchanged and was not readable is left alone: twice as long each time.</summary>
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _timeProvider = timeProvider ?? TimeProvider.System;
    private readonly TimeSpan _pollInterval = pollInterval ?? s_defaultPollInterval;

    /// <inheritdoc/>
    public string Name { get; } = path;

    /// <inheritdoc/>
    /// <remarks>
    /// The file has no history, so an enumeration begins with the complete state; unless it starts from a position that names the file as it
    /// is now: then with a batch that says that nothing has changed.
    /// </remarks>
    public async IAsyncEnumerable<StatusBatch> ReadAsync(SourcePosition from, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield(); // reading blocks: not on the caller's thread
        var reading = new Reading(Name, from, _timeProvider);
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
    private sealed class Reading
    {
        private readonly string _path;
        private readonly TimeProvider _timeProvider;
        private FileIdentity? _lastRead;
        private long _lastReadFirstSeen;
        private long _lastReadEnded;
        private bool _settled;
        private bool _hadEntries;
        private string? _problem;
        private string? _fault;
        private TimeSpan _pauseAfterFault;
        private SourcePosition _position;

        public Reading(string path, SourcePosition from, TimeProvider timeProvider)
        {
            (_path, _timeProvider) = (path, timeProvider);
            if (OpenSslIndexPosition.TryParse(from, out OpenSslIndexPosition position))
            {
                (_position, _lastRead, _settled, _hadEntries) = (from, position.Identity, true, position.HasEntries);
            }
        }

        public IEnumerable<StatusBatch> Poll()
        {
            DateTimeOffset watermark = _timeProvider.GetUtcNow(); // before anything is read: DESIGN rule 1
            FileIdentity identity;
            try
            {
                identity = FileIdentity.Of(_path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _lastRead = null;
                return [Stale(watermark, [], e.Message)];
            }

            bool isUnchanged = _settled && identity == _lastRead;
            return isUnchanged && _fault is null ? [new StatusBatch { Watermark = watermark, Position = _position, Problem = _problem }]
                : isUnchanged && _timeProvider.GetElapsedTime(_lastReadEnded) < _pauseAfterFault ? [Stale(watermark, [], _fault!)]
                : Read(watermark);
        }

        private IEnumerable<StatusBatch> Read(DateTimeOffset watermark)
        {
            long started = _timeProvider.GetTimestamp();
            var file = new OpenSslIndexFile(_path);
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
            Remember(file, fault, started);
            yield return fault is not null ? Stale(watermark, held, fault) : new StatusBatch
            {
                Changes = held,
                Kind = StatusBatchKind.CompleteStateEnd,
                Position = _position,
                Watermark = watermark,
                Problem = _problem,
            };
        }

        private string? FindFault(OpenSslIndexFile file) =>
            file.IsChanged ? $"{_path} changed while it was read"
            : !file.IsComplete ? $"{_path} is half-written: its last line has no end"
            : file is { EntryCount: 0, BadLines: { } badLines } ? $"{badLines}: this is not an index of openssl ca"
            : file.LostRevocation is { } line ? $"{_path}: a revocation cannot be read: {line}"
            : _hadEntries && file.EntryCount == 0 ? $"{_path} has lost all its entries"
            : null;

        private void Remember(OpenSslIndexFile file, string? fault, long started)
        {
            // Reading takes long: what counts is the time between the first sight of the file and the beginning of this reading.
            _lastReadEnded = _timeProvider.GetTimestamp();
            bool isSame = file.Identity == _lastRead;
            _lastReadFirstSeen = isSame ? _lastReadFirstSeen : _lastReadEnded;
            _settled = isSame && _timeProvider.GetElapsedTime(_lastReadFirstSeen, started) >= s_settlingTime;
            _lastRead = file.Identity;
            _fault = fault;
            _pauseAfterFault = !_settled || fault is null ? TimeSpan.Zero
                : _pauseAfterFault == TimeSpan.Zero ? s_firstPause
                : _pauseAfterFault * 2 < s_longestPause ? _pauseAfterFault * 2
                : s_longestPause;
            if (fault is null)
            {
                _hadEntries |= file.EntryCount > 0;
                _problem = file.BadLines;
            }

            // With bad lines there is no position: only another reading can tell again which they are.
            bool hasPosition = _settled && fault is null && _problem is null && file.Identity.IsProofOfContents;
            _position = hasPosition ? new OpenSslIndexPosition(file.Identity, file.EntryCount > 0).ToSourcePosition() : default;
        }

        private static StatusBatch Stale(DateTimeOffset watermark, IReadOnlyList<StatusChange> changes, string problem) =>
            new() { Changes = changes, Watermark = watermark, Verdict = StatusVerdict.Stale, Problem = problem };
    }
}
