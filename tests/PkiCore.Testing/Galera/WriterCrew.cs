using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Galera;
using PkiCore.X509;

namespace PkiCore.Testing;

/// <summary>Writers, one on each node, that revoke, hold and release the same certificates at the same time.</summary>
public sealed class WriterCrew : IAsyncDisposable
{
    private static readonly X509RevocationReason[] s_reasons = [X509RevocationReason.KeyCompromise, X509RevocationReason.Superseded, X509RevocationReason.CessationOfOperation];

    private readonly Issuer _issuer;
    private readonly int _seed;
    private readonly List<GaleraCluster> _clusters = [];
    private readonly List<RevocationStore> _stores = [];
    private readonly ConcurrentQueue<Acknowledged> _acknowledged = new();
    private readonly ConcurrentDictionary<SerialNumber, DateTimeOffset> _revoked = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly Lock _lock = new();
    private volatile SerialNumber[] _serials = [];
    private volatile SerialNumber[] _shared = [];
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private long _operations;
    private long _unknown;
    private long _resolved;
    private long _retries;
    private MeterListener? _meters;

    private WriterCrew(Issuer issuer, int seed) => (_issuer, _seed) = (issuer, seed);

    /// <summary>All certificates that were issued.</summary>
    public IReadOnlyList<SerialNumber> Serials => _serials;

    /// <summary>Every change that was acknowledged, the oldest first.</summary>
    public IReadOnlyCollection<Acknowledged> Acknowledgements => _acknowledged;

    /// <summary>Why operations failed.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    public long Operations => Interlocked.Read(ref _operations);

    /// <summary>How often a writer was left without knowing whether its change was made.</summary>
    public long UnknownOutcomes => Interlocked.Read(ref _unknown);

    /// <summary>How many of these it learned in the end, by sending the operation again.</summary>
    public long ResolvedOutcomes => Interlocked.Read(ref _resolved);

    /// <summary>How many transactions were tried again.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>What all writers log.</summary>
    public EdgeLog Log { get; } = new();

    /// <summary>Of the writer on a node, the first one being 0.</summary>
    public RevocationStore Store(int index) => _stores[index];

    /// <summary>When it was first acknowledged that a certificate is revoked for good.</summary>
    public DateTimeOffset? WhenRevoked(SerialNumber serial) => _revoked.TryGetValue(serial, out DateTimeOffset at) ? at : null;

    /// <summary>Connects a writer to each node, registers the CA and issues certificates.</summary>
    public static async Task<WriterCrew> StartAsync(
        Lab lab, Issuer issuer, int certificates, int seed, CancellationToken cancellationToken, Func<GaleraOptions, GaleraOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(lab);
        var crew = new WriterCrew(issuer, seed);
        crew.CountRetries();
        foreach (int node in lab.Nodes)
        {
            GaleraOptions options = LabConnections.Options(lab, "writer", node);
            var cluster = new GaleraCluster(configure?.Invoke(options) ?? options, TimeProvider.System, crew.Log);
            crew._clusters.Add(cluster);
            crew._stores.Add(new RevocationStore(cluster, new RevocationStoreOptions { Actor = "crew", Host = $"node{node}" }));
            await cluster.StartAsync(cancellationToken);
        }

        await crew._stores[0].RegisterIssuerAsync(issuer, cancellationToken);
        await crew.IssueAsync(0, certificates, cancellationToken);
        return crew;
    }

    /// <summary>Issues more certificates for all writers, on the node of that index.</summary>
    public async Task IssueAsync(int index, int certificates, CancellationToken cancellationToken)
    {
        SerialNumber[] serials = await IssueOwnAsync(index, certificates, cancellationToken);
        lock (_lock)
        {
            _shared = [.. _shared, .. serials];
        }
    }

    /// <summary>Issues certificates that the writers leave alone, on the node of that index.</summary>
    public async Task<SerialNumber[]> IssueOwnAsync(int index, int certificates, CancellationToken cancellationToken)
    {
        DateTimeOffset notAfter = TimeProvider.System.GetUtcNow().AddDays(90);
        SerialNumber[] serials = [.. Enumerable.Range(0, certificates).Select(_ => NewSerial())];
        foreach ((SerialNumber serial, RevocationResult result) in serials.Zip(await _stores[index].ApplyAsync(_issuer, [.. serials.Select(serial => RevocationOperation.Issue(serial, notAfter))], cancellationToken)))
        {
            Acknowledge(serial, result);
        }

        lock (_lock)
        {
            _serials = [.. _serials, .. serials];
        }

        return serials;
    }

    /// <summary>Begins to write on all nodes, until <see cref="StopAsync"/>.</summary>
    /// <param name="pause">Between two operations of a writer.</param>
    public void Run(TimeSpan pause)
    {
        if (_stop.IsCancellationRequested)
        {
            _stop.Dispose();
            _stop = new CancellationTokenSource();
        }

        CancellationToken stop = _stop.Token;
        _running = Task.WhenAll(_stores.Select((store, index) => Task.Run(() => WriteAsync(store, new Random(_seed + index), pause, stop), CancellationToken.None)));
    }

    /// <summary>Revokes one certificate that is good now, on a node.</summary>
    public async Task<Acknowledged> RevokeAsync(int index, SerialNumber serial, CancellationToken cancellationToken) =>
        Acknowledge(serial, await _stores[index].RevokeAsync(_issuer, serial, X509RevocationReason.KeyCompromise, cancellationToken));

    /// <summary>Ends the writing, and waits for what was begun: nothing changes any more.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (RevocationStore store in _stores)
        {
            await store.DisposeAsync();
        }

        foreach (GaleraCluster cluster in _clusters)
        {
            await cluster.DisposeAsync();
        }

        _meters?.Dispose();
        _stop.Dispose();
    }

    private void CountRetries()
    {
        _meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "pkicore.galera.write.retries")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        _meters.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _retries, value));
        _meters.Start();
    }

    /// <summary>A serial number that nobody else has.</summary>
    public static SerialNumber NewSerial()
    {
        byte[] octets = Guid.NewGuid().ToByteArray();
        octets[0] = 0x40; // positive and minimal
        return SerialNumber.TryCreate(octets, out SerialNumber serial) ? serial : throw new InvalidOperationException("no serial number");
    }

    private async Task WriteAsync(RevocationStore store, Random random, TimeSpan pause, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            SerialNumber[] serials = _shared;
            SerialNumber serial = serials[random.Next(serials.Length)];
            RevocationOperation operation = random.Next(10) switch
            {
                < 4 => RevocationOperation.Hold(serial),
                < 9 => RevocationOperation.Release(serial),
                _ => RevocationOperation.Revoke(serial, s_reasons[random.Next(s_reasons.Length)]),
            };
            Interlocked.Increment(ref _operations);
            await ApplyAsync(store, operation, stop);
            await Task.Delay(pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Sends an operation until it is known what became of it.</summary>
    private async Task ApplyAsync(RevocationStore store, RevocationOperation operation, CancellationToken stop)
    {
        for (bool isUnknown = false; ;)
        {
            try
            {
                Acknowledge(operation.Serial, await store.ApplyAsync(_issuer, operation, CancellationToken.None));
                Interlocked.Add(ref _resolved, isUnknown ? 1 : 0);
                return;
            }
            catch (RevocationStoreException e)
            {
                _failures.Enqueue($"{(e.IsOutcomeUnknown ? "unknown outcome" : "not made")}: {e.Message}");
                Interlocked.Add(ref _unknown, e.IsOutcomeUnknown && !isUnknown ? 1 : 0);
                isUnknown |= e.IsOutcomeUnknown;
                if (!isUnknown || stop.IsCancellationRequested)
                {
                    return; // whoever is never told may find it done or not
                }
            }
        }
    }

    private Acknowledged Acknowledge(SerialNumber serial, RevocationResult result)
    {
        var acknowledged = new Acknowledged(serial, result, TimeProvider.System.GetUtcNow());
        _acknowledged.Enqueue(acknowledged);
        if (result.Outcome is RevocationOutcome.Revoked or RevocationOutcome.AlreadyRevoked)
        {
            _revoked.TryAdd(serial, acknowledged.At);
        }

        return acknowledged;
    }
}
