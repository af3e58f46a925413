using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Crl.Files;

namespace PkiCore.Crl;

/// <summary>
/// The published CRLs of a directory, kept open and known by head and tail, so that they can be sent as they are. With a link <c>current</c> in
/// it, the directory that this names is one publication: all files of it, or none, replace the set before. Without it the files are followed one
/// by one; replace them by renaming, not by writing into them. Names end in <c>.crl</c>; contents are DER. Signatures are not verified here: who
/// publishes does that.
/// </summary>
/// <remarks>Changes are found within about a second. Whatever is wrong with what is new, what was served before is served on.</remarks>
public sealed partial class CrlStore : IDisposable
{
    private const int MaxTries = 3;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    private readonly Lock _refreshing = new();
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private CrlSet _current = CrlSet.Empty;
    private string? _problem;
    private long _nextPublication; // UTC ticks, so that it is read whole
    private bool _isPlain;
    private volatile bool _hasLooked;
    private volatile bool _disposed;

    /// <summary>Reads the directory. When that fails, <see cref="Problem"/> says why, and it is tried again.</summary>
    /// <param name="directory">The directory. It need not be there yet.</param>
    /// <param name="timeProvider">The clock; the system's by default.</param>
    /// <param name="loggerFactory">Where problems are told.</param>
    public CrlStore(string directory, TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null)
        : this(timeProvider, loggerFactory, directory) => Refresh();

    private CrlStore(TimeProvider? timeProvider, ILoggerFactory? loggerFactory, string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        Directory = directory;
        _timeProvider = timeProvider ?? TimeProvider.System;
        _logger = loggerFactory?.CreateLogger(typeof(CrlStore).FullName!) ?? NullLogger.Instance;
        _timer = _timeProvider.CreateTimer(static store => ((CrlStore)store!).Refresh(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The directory as it was given.</summary>
    public string Directory { get; }

    /// <summary>The names of the CRLs that are there.</summary>
    internal IReadOnlyList<string> Names => Volatile.Read(ref _current).Files.Keys;

    /// <summary>What an operator should know; <see langword="null"/> when all is well.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    /// <summary>When the next CRLs are expected, where that is known: no cache is told to keep one for longer.</summary>
    public DateTimeOffset? NextPublication
    {
        get => Volatile.Read(ref _nextPublication) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
        set => Volatile.Write(ref _nextPublication, value?.UtcTicks ?? 0);
    }

    /// <summary>The earliest thisUpdate and nextUpdate of what is there.</summary>
    internal (DateTimeOffset? ThisUpdate, DateTimeOffset? NextUpdate) FindEarliest()
    {
        IReadOnlyList<StoredCrl> crls = Volatile.Read(ref _current).Files.Values; // what is known of a file outlives it
        return crls.Count == 0 ? default : (crls.Min(crl => crl.ThisUpdate), crls.Min(crl => crl.NextUpdate));
    }

    /// <summary>Whether it is known what is there: until then nobody can say that a CRL is not.</summary>
    internal bool HasLooked => _hasLooked;

    /// <summary>Makes a store that looks in the background from the first time on: for those who must not wait for a disk.</summary>
    internal static CrlStore CreateInBackground(string directory, TimeProvider timeProvider, ILoggerFactory loggerFactory)
    {
        var store = new CrlStore(timeProvider, loggerFactory, directory);
        store._timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        return store;
    }

    /// <summary>Gives access to a CRL.</summary>
    /// <param name="name">A file name. It is looked up among the names that are there, and nowhere else.</param>
    /// <returns><see langword="null"/> when there is none of that name.</returns>
    internal CrlDownload? Open(string name)
    {
        while (Volatile.Read(ref _current).Files.TryGetValue(name, out StoredCrl? crl))
        {
            if (crl.TryAddReference())
            {
                return new CrlDownload(crl);
            }

            // its set was replaced in this moment; the next one is in place already
        }

        return null;
    }

    /// <summary>Looks for changes now: a publisher in the same process need not wait for the next second. Does not throw for what it finds.</summary>
    public void Refresh()
    {
        lock (_refreshing)
        {
            if (_disposed)
            {
                return;
            }

            long start = _timeProvider.GetTimestamp();
            Tell(TryLoad(MaxTries));
            _hasLooked = true;
            _timer.Change(FindPause(_timeProvider.GetElapsedTime(start), _isPlain), Timeout.InfiniteTimeSpan);
        }

        if (_disposed)
        {
            CloseAll(); // who disposed it did not wait for this look
        }
    }

    /// <summary>Ends the following of changes. Files are closed with the last download. A look that is under way at a slow disk is not waited for.</summary>
    public void Dispose()
    {
        _disposed = true;
        _timer.Dispose();
        CloseAll();
    }

    /// <summary>A plain directory of very many files takes longer to look at: that is kept to a tenth of the time. But a disk that was slow once is not to put the next look off for long.</summary>
    internal static TimeSpan FindPause(TimeSpan look, bool isPlain)
    {
        TimeSpan pause = isPlain ? look * 10 : s_interval;
        return pause < s_interval ? s_interval : pause < s_longestPause ? pause : s_longestPause;
    }

    private void CloseAll()
    {
        if (_refreshing.TryEnter()) // else whoever is looking does it
        {
            try
            {
                Replace(CrlSet.Empty);
            }
            finally
            {
                _refreshing.Exit();
            }
        }
    }

    private string? TryLoad(int tries)
    {
        CrlPlace place = default;
        try
        {
            place = CrlPlace.Find(Directory);
            _isPlain = !place.IsPublication;
            CrlSet before = _current;
            if (!place.IsPublication || place != before.Place)
            {
                CrlSet set = CrlSet.Load(place, before);
                if (set != before)
                {
                    Replace(set);
                    LogLoaded(_logger, place.Path, set.Files.Count, set.Opened);
                }
            }

            return _current.Problem;
        }
#pragma warning disable CA1031 // Do not catch general exception types: whatever is wrong with what is new, what is there is served on
        catch (Exception e)
#pragma warning restore CA1031
        {
            // The publisher may have gone on meanwhile, and removed what was being read.
            bool isGone = place.IsPublication && e is FileNotFoundException or DirectoryNotFoundException;
            return isGone && tries > 1 ? TryLoad(tries - 1) : e.Message;
        }
    }

    private void Replace(CrlSet set)
    {
        CrlSet before = _current;
        Volatile.Write(ref _current, set); // first: who finds a file closed looks here again
        before.Release();
    }

    private void Tell(string? problem)
    {
        string? before = _problem;
        Volatile.Write(ref _problem, problem);
        if (problem == before)
        {
            return;
        }

        if (problem is null)
        {
            LogWell(_logger, Directory);
        }
        else
        {
            LogProblem(_logger, Directory, problem);
        }
    }

    [LoggerMessage(EventId = 540, Level = LogLevel.Information, Message = "CRLs of {Path}: {Count}, of which {New} are new")]
    private static partial void LogLoaded(ILogger logger, string path, int count, int @new);

    [LoggerMessage(EventId = 541, Level = LogLevel.Warning, Message = "CRLs in {Directory}: {Problem}; what was served before is served on")]
    private static partial void LogProblem(ILogger logger, string directory, string problem);

    [LoggerMessage(EventId = 542, Level = LogLevel.Information, Message = "CRLs in {Directory}: nothing is wrong any more")]
    private static partial void LogWell(ILogger logger, string directory);
}
