using System.Diagnostics.Metrics;
using PkiCore.Galera;
using PkiCore.Responder.Configuration;

namespace PkiCore.Responder.Hosting;

/// <summary>The cluster that the CAs of this process are read from, if any is. It is watched from the first CA on until the process ends.</summary>
internal sealed class EdgeCluster(ResponderPlan plan, TimeProvider timeProvider, ILoggerFactory loggerFactory, IMeterFactory? meterFactory = null) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private GaleraCluster? _cluster;

    /// <summary>The cluster; <see langword="null"/> before it is needed.</summary>
    public GaleraCluster? Current
    {
        get
        {
            lock (_lock)
            {
                return _cluster;
            }
        }
    }

    /// <summary>The cluster, which is watched from now on.</summary>
    /// <exception cref="ConfigurationException">The settings cannot be used.</exception>
    public GaleraCluster GetStarted()
    {
        lock (_lock)
        {
            if (_cluster is null)
            {
                GaleraSettings settings = plan.Settings.Galera ?? throw new ConfigurationException("Galera: is missing.");
                _cluster = GaleraClusters.Create(settings, settings.Edge ?? throw new ConfigurationException("Galera.Edge: is missing; name the user that reads."), timeProvider, loggerFactory, meterFactory);
                _ = _cluster.StartAsync(); // nobody waits for nodes: readers are told once there is one
            }

            return _cluster;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Current is { } cluster)
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
        }
    }
}
