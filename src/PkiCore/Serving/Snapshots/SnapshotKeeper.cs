using Microsoft.Extensions.Logging;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Serving.Snapshots;

/// <summary>Looks after the snapshot of one issuer: reads it at the start, and writes it on a thread of its own when enough has changed.</summary>
internal sealed class SnapshotKeeper : IDisposable
{
    private static readonly TimeSpan s_pauseAfterFault = TimeSpan.FromMinutes(1);

    private readonly ServedIssuer _issuer;
    private readonly string _directory;
    private readonly string _purpose; // a snapshot of other answers is of no use
    private readonly int _segmentBits;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _timeProvider;
    private readonly ResponderMetrics _metrics;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationToken _stopped; // a thread that starts late may find the source of it disposed
    private readonly Lock _writing = new();
    private volatile string? _problem;
    private long _savedVersion = -1;
    private long _nextAt;
    private int _isWriting;

    public SnapshotKeeper(ServedIssuer issuer, string directory, OcspResponderOptions options, TimeProvider timeProvider, ResponderMetrics metrics, ILogger logger)
    {
        (_issuer, _directory, _interval, _timeProvider, _metrics, _logger) = (issuer, directory, options.SnapshotInterval, timeProvider, metrics, logger);
        _segmentBits = options.SegmentBits;
        _stopped = _stopping.Token;
        _purpose = BeginPurpose(issuer.Issuer)
            + $"{string.Join(',', options.PreparedHashes)}{(options.CombineHashes ? " in one" : "")}";
        SetNext(options.SnapshotInterval);
    }

    /// <summary>The file: named by key and name of the issuer, and an alternate's by its kind of key too.</summary>
    public string Path
    {
        get
        {
            string name = Convert.ToHexStringLower(_issuer.Issuer.GetNameHash(CertIdHash.Sha1)[..4]);
            string kind = _issuer.IsAlternate ? $"-{_issuer.Identity?.Algorithm.Scheme}".ToLowerInvariant() : "";
            return System.IO.Path.Combine(_directory, $"{_issuer.Key}-{name}{kind}.table");
        }
    }

    /// <summary>Why the last snapshot was not written; <see langword="null"/> when it was.</summary>
    public string? Problem => _problem;

    /// <summary>What the purpose of every snapshot of a CA begins with.</summary>
    public static string BeginPurpose(Issuer issuer) => $"{Convert.ToHexStringLower(issuer.GetKeyHash(CertIdHash.Sha256))} {Convert.ToHexStringLower(issuer.GetNameHash(CertIdHash.Sha256))} ";

    /// <summary>Fills the table.</summary>
    /// <returns>Where the source goes on; <see langword="null"/> when there was no snapshot that can be used.</returns>
    public SourcePosition? Load()
    {
        long begunAt = _timeProvider.GetTimestamp();
        try
        {
            LoadedTable loaded = SnapshotReader.Read(Path, _purpose);
            if (loaded.Contents.SegmentBits != _segmentBits)
            {
                throw new InvalidDataException($"its segments have 2^{loaded.Contents.SegmentBits} records, and this program's 2^{_segmentBits}");
            }

            _issuer.Table.Restore(loaded);
            _savedVersion = loaded.LostCount == 0 ? _issuer.Table.Version : -1;
            TimeSpan duration = _timeProvider.GetElapsedTime(begunAt);
            Log.SnapshotRead(_logger, _issuer.Name, Path, loaded.Count, duration.TotalSeconds);
            if (loaded.LostCount > 0)
            {
                Log.SnapshotDamaged(_logger, _issuer.Name, Path, loaded.LostCount);
            }

            return loaded.LostCount > 0 ? default(SourcePosition) : loaded.Contents.Position;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            Log.SnapshotMissing(_logger, _issuer.Name, Path);
        }
#pragma warning disable CA1031 // Do not catch general exception types: whatever is wrong with a snapshot, the source is read all the same
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.SnapshotRefused(_logger, _issuer.Name, Path, e.Message);
        }

        return null;
    }

    /// <summary>Writes a snapshot in the background, if it is time. Called every second or so.</summary>
    public void Tick()
    {
        bool isFirst = Volatile.Read(ref _savedVersion) < 0 && _problem is null && _issuer.SourceState.IsLoaded && _issuer.Presigner.UnfinishedCount == 0;
        bool isDue = isFirst || _timeProvider.GetTimestamp() - Volatile.Read(ref _nextAt) >= 0;
        if (isDue && HasChanged && Interlocked.CompareExchange(ref _isWriting, 1, 0) == 0 && !BackgroundThread.TryStart("PkiCore snapshot", WriteAndLetGo))
        {
            Volatile.Write(ref _isWriting, 0);
        }
    }

    /// <summary>Writes what has changed since the last snapshot, and ends one that is being written.</summary>
    public void Dispose()
    {
        if (_stopped.IsCancellationRequested)
        {
            return;
        }

        _stopping.Cancel();
        if (HasChanged)
        {
            Write(CancellationToken.None);
        }

        _stopping.Dispose();
    }

    /// <summary>An unread source has nothing to say, and what was read from a snapshot is there already.</summary>
    private bool HasChanged => _issuer.SourceState.IsLoaded && _issuer.Table.Version != Volatile.Read(ref _savedVersion);

    private void WriteAndLetGo()
    {
        Write(_stopped);
        Volatile.Write(ref _isWriting, 0);
    }

    private void Write(CancellationToken cancellationToken)
    {
        lock (_writing)
        {
            long begunAt = _timeProvider.GetTimestamp();
            try
            {
                cancellationToken.ThrowIfCancellationRequested(); // a thread that came late must not meet the next responder's writer
                long version = _issuer.Table.Version;
                using TablePicture picture = _issuer.Table.TakePicture(_purpose, _issuer.Reception.Position); // the position first: what comes later is told again
                long length = SnapshotWriter.Write(Path, picture, cancellationToken);
                TimeSpan duration = _timeProvider.GetElapsedTime(begunAt);
                Volatile.Write(ref _savedVersion, version);
                _problem = null;
                _metrics.SnapshotWritten(duration);
                Log.SnapshotWritten(_logger, _issuer.Name, Path, length, duration.TotalSeconds);
            }
            catch (OperationCanceledException)
            {
                return; // the one before is still there
            }
#pragma warning disable CA1031 // Do not catch general exception types: without a snapshot the responder goes on as before
            catch (Exception e)
#pragma warning restore CA1031
            {
                _problem = $"the snapshot {Path} could not be written: {e.Message}";
                Log.SnapshotFailed(_logger, _issuer.Name, Path, e.Message);
            }

            TimeSpan pause = _problem is null || _interval < s_pauseAfterFault ? _interval : s_pauseAfterFault;
            SetNext(pause);
        }
    }

    private void SetNext(TimeSpan pause) => Volatile.Write(ref _nextAt, _timeProvider.GetTimestamp() + (long)(pause.TotalSeconds * _timeProvider.TimestampFrequency));
}
