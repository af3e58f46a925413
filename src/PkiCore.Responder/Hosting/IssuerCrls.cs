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
internal sealed record CrlWork(Issuer Issuer, CrlSettings Settings, string Description, IStatusSource Source, ISigner? Signer, string KeyFault);

/// <summary>The publisher of the CRLs of one CA, from its start in the background to its end. What is published already is served without it.</summary>
internal sealed class IssuerCrls : IAsyncDisposable
{
    private readonly CrlStore _store;
    private readonly ILogger _logger;
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
        _logger = loggerFactory.CreateLogger<IssuerCrls>();
        if (work.Signer is null)
        {
            _fault = work.KeyFault; // whoever loads keys has said it
            _starting = Task.CompletedTask;
        }
        else
        {
            _starting = Task.Run(() => StartAsync(work.Signer, maxSourceAge, timeProvider, loggerFactory, meterFactory)); // a long journal takes a while: OCSP does not wait for it
        }
    }

    public CrlWork Work { get; }

    /// <summary>Why nothing is published; <see langword="null"/> while it is, or is about to be.</summary>
    public string? Fault => _fault;

    public CrlHealth GetHealth()
    {
        CrlHealth health = _publisher?.GetHealth() ?? new CrlHealth { Name = Work.Issuer.Name };
        string?[] more = [_fault, health.OldestThisUpdate is null && _publisher is not null ? null : _store.Problem]; // before the first publication there is no CRL
        return health with { Problems = [.. more.OfType<string>(), .. health.Problems] };
    }

    /// <summary>Takes a key into use that was loaded anew.</summary>
    public async Task SetSignerAsync(ISigner signer)
    {
        await _starting.ConfigureAwait(false);
        if (signer != _signer)
        {
            _signer = signer;
            _publisher?.SetSigner(signer);
        }
    }

    /// <summary>Ends publishing: another may publish into the folder then.</summary>
    public async ValueTask DisposeAsync()
    {
        await _starting.ConfigureAwait(false);
        if (_publisher is { } publisher)
        {
            await publisher.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task StartAsync(ISigner signer, TimeSpan maxSourceAge, TimeProvider timeProvider, ILoggerFactory loggerFactory, IMeterFactory meterFactory)
    {
        CrlPublisher? publisher = null;
        try
        {
            if (PublishingFolder.FindFault(Work.Settings.Directory) is { } fault)
            {
                Fail($"Directory: {fault}", null);
                return;
            }

            publisher = new CrlPublisher(Work.Issuer, signer, Work.Source, CrlPlan.ToOptions(Work.Settings, maxSourceAge), timeProvider, loggerFactory, meterFactory) { Store = _store };
            await publisher.StartAsync().ConfigureAwait(false);
            _publisher = publisher;
            return;
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

    private void Fail(string fault, Exception? exception)
    {
        _fault = fault;
        if (fault != _faultBefore)
        {
            HostLog.CrlsNotPublished(_logger, Work.Issuer.Name, fault, exception);
        }
    }
}
