using System.Diagnostics.Metrics;
using PkiCore.Crl;
using PkiCore.Responder.Configuration;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

#pragma warning disable CA1416 // Validate platform compatibility: the settings are refused on Windows

namespace PkiCore.Responder.Hosting;

/// <summary>What the CRLs of one CA are published with.</summary>
/// <param name="Issuer">The CA.</param>
/// <param name="Settings">What is wanted.</param>
/// <param name="Description">With another one they are other CRLs.</param>
/// <param name="Source">What is known of its certificates.</param>
/// <param name="Signer">Its key; <see langword="null"/> when it could not be loaded.</param>
/// <param name="KeyFault">Why not.</param>
internal sealed record CrlWork(Issuer Issuer, CrlSettings Settings, string Description, IStatusSource Source, ISigner? Signer, string KeyFault)
{
    /// <summary>Where the numbers come from; <see langword="null"/>: a file beside the CRLs.</summary>
    public ICrlNumberSource? Numbers { get; init; }
}

/// <summary>The publisher of the CRLs of one CA, from its start in the background to its end. What is published already is served without it.</summary>
internal sealed class IssuerCrls : IIssuerCrls
{
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(6); // more than a publisher takes to give up
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly CrlStore _store;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly Lock _taking = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly long _begun;
    private readonly string? _faultBefore;
    private readonly Task _starting;
    private ISigner? _signer;
    private volatile CrlPublisher? _publisher;
    private volatile string? _fault;

    /// <param name="work">What to do.</param>
    /// <param name="store">Serves what is published.</param>
    /// <param name="maxSourceAge">How old a reading may be.</param>
    /// <param name="faultBefore">What an earlier try failed with: that is known already.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="loggerFactory">For the publisher.</param>
    /// <param name="meterFactory">Likewise.</param>
    public IssuerCrls(CrlWork work, CrlStore store, TimeSpan maxSourceAge, string? faultBefore, TimeProvider timeProvider, ILoggerFactory loggerFactory, IMeterFactory meterFactory)
    {
        Work = work;
        _store = store;
        _signer = work.Signer;
        _faultBefore = faultBefore;
        _timeProvider = timeProvider;
        _begun = timeProvider.GetTimestamp();
        _logger = loggerFactory.CreateLogger<IssuerCrls>();
        if (work.Signer is null)
        {
            _fault = work.KeyFault; // whoever loads keys has said it
            _starting = Task.CompletedTask;
        }
        else
        {
            _starting = Task.Run(() => StartAsync(work.Signer, maxSourceAge, loggerFactory, meterFactory)); // a long journal takes a while, and a disk may hang: OCSP waits for neither
        }
    }

    public CrlWork Work { get; }

    /// <summary>Why nothing is published; <see langword="null"/> while it is, or is about to be.</summary>
    public string? Fault => _fault;

    public CrlHealth GetHealth()
    {
        CrlHealth health = _publisher?.GetHealth() ?? new CrlHealth { Name = Work.Issuer.Name };
        bool isLate = _publisher is null && _fault is null && _timeProvider.GetElapsedTime(_begun) > s_patience;
        string?[] more = [_fault, isLate ? $"'{Work.Settings.PublishedDirectory}' is still being read: nothing is published until it is" : null, health.OldestThisUpdate is null && _publisher is not null ? null : _store.Problem]; // before the first publication there is no CRL
        return health with { Problems = [.. more.OfType<string>(), .. health.Problems] };
    }

    /// <summary>Takes a key into use that was loaded anew; while the publisher is starting, once it has.</summary>
    public void SetSigner(ISigner signer)
    {
        lock (_taking)
        {
            if (signer != _signer)
            {
                _signer = signer;
                _publisher?.SetSigner(signer);
            }
        }
    }

    /// <summary>Ends publishing: another may publish into the folder then. When the disk hangs the end comes later; until then the folder is locked.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Task.Run(EndAsync).WaitAsync(s_endLimit, _timeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            HostLog.CrlsDoNotEnd(_logger, Work.Issuer.Name, Work.Settings.PublishedDirectory, s_endLimit.TotalSeconds);
        }
    }

    private async Task EndAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _starting.ConfigureAwait(false);
        if (_publisher is { } publisher)
        {
            await publisher.DisposeAsync().ConfigureAwait(false);
        }

        _stopping.Dispose();
    }

    private async Task StartAsync(ISigner signer, TimeSpan maxSourceAge, ILoggerFactory loggerFactory, IMeterFactory meterFactory)
    {
        CrlPublisher? publisher = null;
        try
        {
            CrlPublisherOptions options = CrlPlan.ToOptions(Work.Settings, maxSourceAge);
            options.NumberSource = Work.Numbers;
            if (PublishingFolder.FindFault(options.Directory) is { } fault)
            {
                Fail($"Directory: {fault}", null);
                return;
            }

            publisher = new CrlPublisher(Work.Issuer, signer, Work.Source, options, _timeProvider, loggerFactory, meterFactory) { Store = _store };
            await publisher.StartAsync(_stopping.Token).ConfigureAwait(false);
            TakeOver(publisher, signer);
            return;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // it is not wanted any more
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Fail(e.Message, null);
        }
#pragma warning disable CA1031 // Whatever it is, it stops neither OCSP nor other CAs (architecture rule 10)
        catch (Exception e)
#pragma warning restore CA1031
        {
            Fail(e.Message, e);
        }

        if (publisher is not null)
        {
            await publisher.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void TakeOver(CrlPublisher publisher, ISigner signer)
    {
        lock (_taking)
        {
            _publisher = publisher;
            if (_signer is { } current && current != signer)
            {
                publisher.SetSigner(current);
            }
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
