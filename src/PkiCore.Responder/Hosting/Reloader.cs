using System.Runtime.InteropServices;
using PkiCore.Responder.Configuration;
using PkiCore.Signing;

namespace PkiCore.Responder.Hosting;

/// <summary>Reads configuration, certificates and keys again, on SIGHUP and when one of the files changes.</summary>
internal sealed partial class Reloader(ResponderPlan plan, IssuerRegistry registry, TimeProvider timeProvider, ILogger<Reloader> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private ResponderPlan _plan = plan;
    private string _seen = plan.FileState + registry.FileState;
    private volatile bool _requested;

    /// <summary>Why the last reload was refused; <see langword="null"/> when it was not.</summary>
    public string? Problem { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _requested = true;
        });
        using var timer = new PeriodicTimer(s_interval, timeProvider);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            string files = _plan.DescribeFile() + string.Concat(_plan.Settings.Issuers.Select(IssuerLoader.Fingerprint));
            if (_requested || files != _seen)
            {
                _requested = false;
                _seen = files;
                await ReloadAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task ReloadAsync()
    {
        try
        {
            ResponderPlan next = _plan.Reload();
            await registry.ApplyAsync(next.Settings.Issuers).ConfigureAwait(false);
            if (!next.HasSameServers(_plan))
            {
                LogNeedsRestart(logger);
            }

            _plan = next;
            Problem = null;
            LogReloaded(logger, next.Settings.Issuers.Count);
        }
        catch (Exception e) when (e is ConfigurationException or SigningException) // a signer can expire between check and use
        {
            Problem = $"the configuration was not reloaded, the one before stays in use: {e.Message}";
            LogRefused(logger, e.Message);
        }
    }

    [LoggerMessage(EventId = 400, Level = LogLevel.Information, Message = "Reloaded the configuration: {Count} issuer(s)")]
    private static partial void LogReloaded(ILogger logger, int count);

    [LoggerMessage(EventId = 401, Level = LogLevel.Error, Message = "The configuration was not reloaded, the one before stays in use: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason);

    [LoggerMessage(EventId = 402, Level = LogLevel.Warning, Message = "Settings other than Issuers have changed; they count from the next start")]
    private static partial void LogNeedsRestart(ILogger logger);
}
