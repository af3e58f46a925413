using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Galera.Cluster;
using PkiCore.Galera.Feed;

namespace PkiCore.Galera;

/// <summary>Watches the nodes of a cluster and knows which one is to be read. Safe for use from several threads.</summary>
public sealed class GaleraCluster : IAsyncDisposable
{
    private static readonly TimeSpan s_disposePatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_shortestRead = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    private readonly ClusterMetrics _metrics;
    private readonly ClusterState _state;
    private readonly NodeWatch[] _watches;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private Task? _running;
    private bool _isDisposed;

    /// <summary>Does not connect yet.</summary>
    /// <param name="options">The nodes, and how they are watched.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="loggerFactory">Where changes of state are told.</param>
    /// <param name="meterFactory">Where metrics go.</param>
    /// <exception cref="ArgumentException">There is no node, two have one name, or a time is out of its range.</exception>
    public GaleraCluster(GaleraOptions options, TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null, IMeterFactory? meterFactory = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(options);
        Options = options;
        TimeProvider = timeProvider ?? TimeProvider.System;
        LoggerFactory = loggerFactory ?? NullLoggerFactory.Instance;
        ILogger logger = LoggerFactory.CreateLogger<GaleraCluster>();
        _state = new ClusterState(options, TimeProvider, new ClusterReport(logger, options));
        _metrics = new ClusterMetrics(meterFactory, _state);
        _watches = [.. _state.Records.Select(record => new NodeWatch(record, _state, options, TimeProvider, logger))];
        History = new HistoryWatch(this);
    }

    internal GaleraOptions Options { get; }

    internal TimeProvider TimeProvider { get; }

    internal ILoggerFactory LoggerFactory { get; }

    /// <summary>The histories in the database, for all who follow one.</summary>
    internal HistoryWatch History { get; }

    /// <summary>Who of them may read now.</summary>
    internal ReadingTurns Turns { get; } = new();

    internal Meter Meter => _metrics.Meter;

    /// <summary>What is known now; replaced as a whole.</summary>
    internal ClusterView View => _state.View;

    /// <summary>Begins to watch, and returns once every node was tried. When it is cancelled, the watch goes on.</summary>
    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _running ??= Task.WhenAll(_watches.Select(watch => Task.Run(() => watch.RunAsync(_stopping.Token))));
        }

        return Task.WhenAll(_watches.Select(watch => watch.Tried)).WaitAsync(cancellationToken);
    }

    /// <summary>Returns once the view is another one than that. Views are replaced whenever a node has answered, so several times a second.</summary>
    internal Task WaitForOtherViewAsync(ClusterView known, CancellationToken cancellationToken) => _state.WaitForOtherViewAsync(known, cancellationToken);

    /// <summary>
    /// Somebody who used a node had trouble with it: it is not read before it has answered again, is penalised, and is asked at once. The view shows that when this returns.
    /// </summary>
    internal void ReportFailure(GaleraNode node, Exception exception) => _state.Suspect(node, exception);

    /// <summary>Ends the watch and closes its connections. A provider that does not let go of a connection holds this up for a few seconds at most.</summary>
    public async ValueTask DisposeAsync()
    {
        Task? running;
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            running = _running;
        }

        await History.DisposeAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (running is not null)
        {
            await running.WaitAsync(s_disposePatience, TimeProvider).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _metrics.Dispose();
        _stopping.Dispose();
    }

    internal static void Check(GaleraOptions options)
    {
        if (options.Nodes.Count == 0)
        {
            throw new ArgumentException("There is no node.", nameof(options));
        }

        if (options.Nodes.GroupBy(node => node.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"Two nodes have the name '{twice.Key}'.", nameof(options));
        }

        CheckRange(options.ProbeInterval, nameof(options.ProbeInterval), s_shortest, s_longest);
        CheckRange(options.ProbeTimeout, nameof(options.ProbeTimeout), s_shortest, s_longest);
        CheckRange(options.ReadInterval, nameof(options.ReadInterval), s_shortestRead, s_longest);
        CheckRange(options.CausalTimeout, nameof(options.CausalTimeout), s_shortest, s_longest);
        CheckRange(options.MaxClockOffset, nameof(options.MaxClockOffset), s_shortest, s_longest);
        CheckRange(options.ComparisonInterval, nameof(options.ComparisonInterval), TimeSpan.Zero, TimeSpan.MaxValue);
    }

    private static void CheckRange(TimeSpan value, string name, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
        {
            throw new ArgumentException(most == TimeSpan.MaxValue ? $"{name} has to be {least} or more." : $"{name} has to be {least} to {most}.", nameof(value));
        }
    }
}
