using Microsoft.Extensions.Logging;
using PkiCore.Galera.Crls;
using PkiCore.X509;

namespace PkiCore.Galera;

/// <summary>
/// The right to publish the CRLs of a CA, which one process of all that contend for it has. Who has it shows so again and again; when it has been silent for the time
/// to live, another takes over under a higher epoch. A holder that cannot show itself gives up before that, by its own clock, and what it still writes is refused by
/// the epoch. All members are safe for use from several threads.
/// </summary>
public sealed class PublisherLease : IAsyncDisposable
{
    /// <summary>As long as the column is.</summary>
    private const int MaxHolderLength = 255;

    private static readonly TimeSpan s_defaultTimeToLive = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(2);

    private readonly CrlDatabase _database;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly TimeSpan _timeToLive;
    private readonly LeaseWatch _watch;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _starting = new();
    private volatile HeldTerm? _held;
    private volatile string? _problem = "the lease has not been looked at yet";
    private Task? _running;
    private bool _isDisposed;

    /// <summary>Does not contend yet.</summary>
    /// <param name="cluster">The cluster; it has to be started.</param>
    /// <param name="issuer">The CA; it has to be registered in the database.</param>
    /// <param name="holder">Who this process is, for people; the host's name by default. It is made unique.</param>
    /// <param name="timeToLive">For how long a holder may be silent; 10 s by default.</param>
    /// <param name="timeProvider">The clock, of which the wall time does not count; the cluster's by default.</param>
    /// <exception cref="ArgumentException">The name is too long, or the time too short.</exception>
    public PublisherLease(GaleraCluster cluster, Issuer issuer, string? holder = null, TimeSpan? timeToLive = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(issuer);
        _timeToLive = timeToLive ?? s_defaultTimeToLive;
        ArgumentOutOfRangeException.ThrowIfLessThan(_timeToLive, TimeSpan.FromSeconds(1), nameof(timeToLive));
        Holder = $"{holder ?? Environment.MachineName} {Guid.NewGuid():N}"; // a restarted process is another holder
        if (Holder.Length > MaxHolderLength)
        {
            throw new ArgumentException("The name of the holder is too long.", nameof(holder));
        }

        _database = new CrlDatabase(cluster, issuer);
        _timeProvider = timeProvider ?? cluster.TimeProvider;
        _logger = cluster.LoggerFactory.CreateLogger<PublisherLease>();
        _watch = new LeaseWatch(_timeToLive, _timeProvider);
    }

    /// <summary>This process among those that contend.</summary>
    public string Holder { get; }

    /// <summary>Whether this process may publish now.</summary>
    public bool IsHeld => Term is not null;

    /// <summary>Who has the lease, or why nobody knows, for people.</summary>
    public string Status => IsHeld ? "this host holds the lease"
        : _problem is { } problem ? $"standby: {problem}"
        : _watch.Holder is { Length: > 0 } holder ? $"standby: {NameOf(holder)} holds the lease"
        : "standby: nobody holds the lease";

    /// <summary>What keeps this process from contending; <see langword="null"/> when nothing does.</summary>
    public string? Problem => _problem;

    /// <summary>What a transaction proves; <see langword="null"/> when the lease is not held, or could not be renewed in time.</summary>
    internal LeaseTerm? Term => _held is { } held && RestOf(held) > TimeSpan.Zero ? held.Term : null;

    /// <summary>By when a holder gives up that could not renew: before anybody takes over, also when the clocks do not run equally fast.</summary>
    private TimeSpan Fence => _timeToLive * 2 / 3;

    /// <summary>Begins to contend.</summary>
    public void Start()
    {
        lock (_starting)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _running ??= Task.Run(RunAsync);
        }
    }

    /// <summary>Ends, and gives the lease back: who publishes has to have ended before.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_starting)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await (_running ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        LeaseTerm? term = _held?.Term;
        _held = null;
        if (term is not null)
        {
            await ReleaseAsync(term).ConfigureAwait(false);
        }

        _stopping.Dispose();
    }

    /// <summary>The name that people know, without what makes it unique.</summary>
    private static string NameOf(string holder) => holder.LastIndexOf(' ') is > 0 and var end ? holder[..end] : holder;

    /// <summary>Renews the lease, or looks whether it can be had. Nothing that fails here ends it.</summary>
    internal async Task StepAsync(CancellationToken cancellationToken)
    {
        long began = _timeProvider.GetTimestamp(); // before anybody can see what is written
        HeldTerm? held = _held;
        try
        {
            if (held is not null && RestOf(held) <= TimeSpan.Zero)
            {
                _held = held = null;
                Log.LeaseNotRenewed(_logger, _database.IssuerName, Fence.TotalSeconds, _problem ?? "this process stood still");
            }

            if (held is not null)
            {
                await RenewAsync(held.Term, began, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await ContendAsync(began, cancellationToken).ConfigureAwait(false);
            }

            _problem = null;
        }
        catch (IOException e)
        {
            if (_problem != e.Message)
            {
                Log.LeaseNotReached(_logger, _database.IssuerName, e.Message);
            }

            _problem = e.Message;
        }
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await StepAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Do not catch general exception types: one bad step must not be the last
            catch (Exception e)
#pragma warning restore CA1031
            {
                _problem = e.Message;
                Log.LeaseFault(_logger, _database.IssuerName, e);
            }

            // A holder that had trouble hurries.
            TimeSpan pause = _timeToLive / (_problem is null ? 4 : 20);
            await Task.Delay(pause, _timeProvider, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RenewAsync(LeaseTerm term, long began, CancellationToken cancellationToken)
    {
        bool isStillHeld = await _database.ChangeAsync(Limits, [LeaseRow.RaiseBeat], async transaction =>
        {
            bool isRaised = await LeaseRow.RaiseBeatAsync(transaction, term).ConfigureAwait(false);
            return (isRaised, isRaised);
        }, cancellationToken).ConfigureAwait(false);

        _held = isStillHeld ? new HeldTerm(term, began) : null;
        if (!isStillHeld)
        {
            Log.LeaseLost(_logger, _database.IssuerName, term.Epoch);
        }
    }

    private async Task ContendAsync(long began, CancellationToken cancellationToken)
    {
        LeaseRow row = await _database.RunAsync(Limits, LeaseRow.ReadAsync, cancellationToken).ConfigureAwait(false);
        if (!_watch.MayTakeOver(row, Holder))
        {
            return;
        }

        bool isTaken = await _database.ChangeAsync(Limits, [LeaseRow.TakeOver], async transaction =>
        {
            bool isChange = await row.TakeOverAsync(transaction, Holder).ConfigureAwait(false);
            return (isChange, isChange);
        }, cancellationToken).ConfigureAwait(false); // when the outcome was not known and it is taken, the next step finds that
        if (isTaken)
        {
            var term = new LeaseTerm(Holder, row.Epoch + 1);
            _held = new HeldTerm(term, began);
            Log.LeaseTaken(_logger, _database.IssuerName, NameOf(row.Holder) is { Length: > 0 } before && row.Holder != Holder ? before : "nobody", term.Epoch);
        }
    }

    private async Task ReleaseAsync(LeaseTerm term)
    {
        using var limit = new CancellationTokenSource(s_endLimit, _database.Cluster.TimeProvider);
        try
        {
            await _database.ChangeAsync(new CrlDatabaseLimits(s_endLimit, s_endLimit / 2), [LeaseRow.Release], async transaction =>
            {
                bool isReleased = await LeaseRow.ReleaseAsync(transaction, term).ConfigureAwait(false);
                return (isReleased, isReleased);
            }, limit.Token).ConfigureAwait(false);
            Log.LeaseReleased(_logger, _database.IssuerName, term.Epoch);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            Log.LeaseNotReached(_logger, _database.IssuerName, e.Message); // others wait for the time to live
        }
    }

    /// <summary>A node that hangs leaves time for another one before the fence.</summary>
    private CrlDatabaseLimits Limits => new(_timeToLive / 3, _timeToLive / 6);

    private TimeSpan RestOf(HeldTerm held) => Fence - _timeProvider.GetElapsedTime(held.RenewedAt);

    /// <param name="Term">What is held.</param>
    /// <param name="RenewedAt">The time before the last renewal that succeeded was sent: nobody has seen it earlier.</param>
    private sealed record HeldTerm(LeaseTerm Term, long RenewedAt);
}
