using System.Diagnostics.Metrics;
using PkiCore.Galera;
using PkiCore.Responder.Configuration;

namespace PkiCore.Responder.Hosting;

/// <summary>The cluster as the publisher of CRLs sees it, if CRLs are distributed from here: with connections of its own, as a user who may do more than an edge.</summary>
internal sealed class PublisherCluster(ResponderPlan plan, TimeProvider timeProvider, ILoggerFactory loggerFactory) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly OtherMeters _meters = new();
    private GaleraCluster? _cluster;

    /// <summary>The cluster, which is watched from now on.</summary>
    /// <exception cref="ConfigurationException">The settings cannot be used.</exception>
    public GaleraCluster GetStarted()
    {
        lock (_lock)
        {
            if (_cluster is null)
            {
                GaleraSettings settings = plan.Settings.Galera ?? throw new ConfigurationException("Galera: is missing; it counts from the next start.");
                GaleraUserSettings user = settings.Publisher ?? throw new ConfigurationException("Galera.Publisher: is missing; name the user that publishes CRLs.");
                _cluster = GaleraClusters.Create(settings, user, timeProvider, loggerFactory, _meters);
                _ = _cluster.StartAsync(); // nobody waits for nodes
            }

            return _cluster;
        }
    }

    public async ValueTask DisposeAsync()
    {
        GaleraCluster? cluster;
        lock (_lock)
        {
            cluster = _cluster;
        }

        if (cluster is not null)
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
        }

        _meters.Dispose();
    }

    /// <summary>The nodes are the same: what is told of them is told once, of the cluster that answers rest on, and here under another name.</summary>
    private sealed class OtherMeters : IMeterFactory
    {
        private readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter(options.Name + ".Publisher");
            _meters.Add(meter);
            return meter;
        }

        public void Dispose() => _meters.ForEach(meter => meter.Dispose());
    }
}
