using System.Diagnostics.Metrics;
using PkiCore.Crl;
using PkiCore.Galera;
using PkiCore.Galera.Crls;
using PkiCore.Responder.Configuration;
using PkiCore.Signing;

namespace PkiCore.Responder.Hosting;

/// <summary>
/// The CRLs of one CA that several hosts serve: receives what is in the database, and, where that is wanted, contends for the lease, and publishes and sends while it is
/// held.
/// </summary>
internal sealed class DistributedCrls : IIssuerCrls
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(12); // more than a publisher takes to give up, and a lease to be given back
    private static readonly TimeSpan s_catchUpLimit = TimeSpan.FromSeconds(30);

    private readonly CrlStore _store;
    private readonly Func<GaleraCluster> _getCluster;
    private readonly Func<CrlWork, IssuerCrls> _publish;
    private readonly string? _faultBefore;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly CrlDistributionMetrics _metrics;
    private readonly IMeterFactory _meterFactory;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _taking = new();
    private readonly Task _running;
    private CrlMetrics? _served;
    private ISigner? _signer;
    private volatile CrlReceiver? _receiver;
    private volatile PublisherLease? _lease;
    private volatile IssuerCrls? _publisher;
    private volatile CrlSender? _sender;
    private volatile string? _fault;

    /// <param name="work">What to do.</param>
    /// <param name="store">Serves what was received.</param>
    /// <param name="getCluster">The cluster.</param>
    /// <param name="publish">Begins to publish.</param>
    /// <param name="faultBefore">What an earlier try failed with: that is known already.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="loggerFactory">For all parts.</param>
    /// <param name="meterFactory">Likewise.</param>
    public DistributedCrls(
        CrlWork work, CrlStore store, Func<GaleraCluster> getCluster, Func<CrlWork, IssuerCrls> publish, string? faultBefore, TimeProvider timeProvider, ILoggerFactory loggerFactory, IMeterFactory meterFactory)
    {
        Work = work;
        _store = store;
        _getCluster = getCluster;
        _publish = publish;
        _faultBefore = faultBefore;
        _signer = work.Signer;
        _timeProvider = timeProvider;
        _logger = loggerFactory.CreateLogger<DistributedCrls>();
        _metrics = new CrlDistributionMetrics(meterFactory, work.Issuer.Name);
        _meterFactory = meterFactory;
        Tell();
        _running = Task.Run(RunAsync); // a disk may hang, and no node be there: OCSP waits for neither
    }

    public CrlWork Work { get; }

    public string? Fault => _fault ?? _publisher?.Fault;

    public CrlHealth GetHealth()
    {
        (DateTimeOffset? thisUpdate, DateTimeOffset? nextUpdate) = _store.FindEarliest();
        IssuerCrls? publisher = _publisher;
        CrlHealth published = publisher?.GetHealth() ?? new CrlHealth { Name = Work.Issuer.Name };
        bool hasExpired = nextUpdate <= _timeProvider.GetUtcNow();
        string?[] problems =
        [
            _fault,
            _lease?.Problem is { } problem ? $"the lease of the publisher cannot be looked after: {problem}" : null,
            _receiver?.Problem,
            _sender?.Problem,
            hasExpired ? "a CRL that is served has expired" : null,
            thisUpdate is null ? null : _store.Problem, // before the first publication there is no CRL
        ];
        return published with
        {
            OldestThisUpdate = thisUpdate,
            FirstNextUpdate = nextUpdate,
            Distribution = _lease is { } lease ? (publisher is not null ? "publisher: " : "") + lease.Status : "receives what others publish",
            Problems = [.. problems.OfType<string>(), .. published.Problems],
        };
    }

    public void SetSigner(ISigner signer)
    {
        lock (_taking)
        {
            _signer = signer;
            _publisher?.SetSigner(signer);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        try
        {
            await _running.WaitAsync(s_endLimit, _timeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            HostLog.CrlsDoNotEnd(_logger, Work.Issuer.Name, Work.Settings.Directory, s_endLimit.TotalSeconds);
            return;
        }

        _served?.Dispose();
        _metrics.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            if (PublishingFolder.FindFault(Work.Settings.Directory) is { } fault)
            {
                Fail($"Directory: {fault}", null);
                return;
            }

            await RunAsync(_getCluster()).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // it is not wanted any more
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or ConfigurationException)
        {
            Fail(e.Message, null);
        }
#pragma warning disable CA1031 // Whatever it is, it stops neither OCSP nor other CAs (architecture rule 10)
        catch (Exception e)
#pragma warning restore CA1031
        {
            Fail(e.Message, e);
        }
    }

    private async Task RunAsync(GaleraCluster cluster)
    {
        CrlSettings settings = Work.Settings;
        var database = new CrlDatabase(cluster, Work.Issuer);
        var options = new CrlReceiverOptions
        {
            Directory = settings.ServedDirectory,
            PublishedDirectory = settings.IsSigned ? settings.PublishedDirectory : null,
            OnSwitched = _store.Refresh,
        };
        Directory.CreateDirectory(settings.Directory);
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan }; // there is a limit on silence
        using var receiver = new CrlReceiver(database, Work.Issuer, options, http, _metrics);
        _receiver = receiver;
        Task receiving = receiver.RunAsync(_stopping.Token);
        if (settings.IsSigned)
        {
            await ContendAsync(cluster, database, receiver).ConfigureAwait(false);
        }

        await receiving.ConfigureAwait(false);
    }

    private async Task ContendAsync(GaleraCluster cluster, CrlDatabase database, CrlReceiver receiver)
    {
        if (Work.Signer is null)
        {
            _fault = Work.KeyFault; // whoever loads keys has said it; another host may have the key
            return;
        }

        var lease = new PublisherLease(cluster, Work.Issuer);
        await using (lease.ConfigureAwait(false))
        {
            _lease = lease;
            lease.Start();
            while (!_stopping.IsCancellationRequested)
            {
                if (lease.IsHeld)
                {
                    await PublishAsync(cluster, database, receiver, lease).ConfigureAwait(false);
                }

                await Task.Delay(s_tick, _timeProvider, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Publishes and sends for as long as the lease is held.</summary>
    private async Task PublishAsync(GaleraCluster cluster, CrlDatabase database, CrlReceiver receiver, PublisherLease lease)
    {
        CrlSettings settings = Work.Settings;
        await CatchUpAsync(receiver).ConfigureAwait(false);
        ulong? epoch = lease.Term?.Epoch;
        if (epoch is null || _stopping.IsCancellationRequested)
        {
            return;
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        _served?.Dispose(); // the publisher tells for itself
        IssuerCrls publisher = Begin(new GaleraCrlNumbers(cluster, Work.Issuer, lease));
        var sender = new CrlSender(database, lease, new CrlSenderOptions { Directory = settings.PublishedDirectory, Location = settings.PublishedUri }, _metrics);
        _sender = sender;
        _metrics.LeaseIsHeld(true);
        HostLog.CrlsArePublishedHere(_logger, Work.Issuer.Name, epoch.Value);
        Task sending = sender.RunAsync(ending.Token);
        try
        {
            while (lease.Term?.Epoch == epoch && !_stopping.IsCancellationRequested)
            {
                await Task.Delay(s_tick, _timeProvider, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            lock (_taking)
            {
                _publisher = null;
            }

            _metrics.LeaseIsHeld(false);
            await publisher.DisposeAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(false);
            _sender = null;
            Tell();
            HostLog.CrlsAreNotPublishedHere(_logger, Work.Issuer.Name, epoch.Value);
        }
    }

    /// <summary>Has the ages of what is served told as metrics, as a publisher does.</summary>
    private void Tell()
    {
        _served = new CrlMetrics(_meterFactory, Work.Issuer.Name, _timeProvider);
        _served.Observe(GetHealth);
    }

    private IssuerCrls Begin(ICrlNumberSource numbers)
    {
        lock (_taking)
        {
            return _publisher = _publish(Work with { Signer = _signer, Numbers = numbers });
        }
    }

    /// <summary>What another host published last is what the next CRLs follow.</summary>
    private async Task CatchUpAsync(CrlReceiver receiver)
    {
        using var limit = new CancellationTokenSource(s_catchUpLimit, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
        try
        {
            await receiver.ReceiveAsync(either.Token, isCausal: true).ConfigureAwait(false);
            if (PublicationAdoption.Adopt(Work.Settings.ServedDirectory, Work.Settings.PublishedDirectory) is { } number)
            {
                HostLog.CrlsAdopted(_logger, Work.Issuer.Name, number);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or OperationCanceledException)
        {
            // Without it a revocation would wait; and the numbers are higher all the same: they come from the database.
            HostLog.CrlsNotAdopted(_logger, Work.Issuer.Name, e.Message);
        }
    }

    private void Fail(string fault, Exception? exception)
    {
        _fault = fault;
        if (fault != _faultBefore)
        {
            HostLog.CrlsNotPublished(_logger, Work.Issuer.Name, fault, exception);
        }
    }
}
