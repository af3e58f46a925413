using System.Runtime.InteropServices;
using PkiCore.Pkcs11;
using PkiCore.Responder.Configuration;

namespace PkiCore.Responder.Hosting;

/// <summary>Reads configuration, certificates and keys again: on SIGHUP, when one of the files changes, and now and then while there is a fault, for some heal by themselves.</summary>
internal sealed partial class Reloader(ResponderPlan plan, IssuerRegistry registry, TimeProvider timeProvider, ILogger<Reloader> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromSeconds(30);

    private ResponderPlan _plan = plan;
    private string _seen = plan.FileState + registry.FileState;
    private long _tried = timeProvider.GetTimestamp();
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
            string files = _plan.DescribeFile() + string.Concat(_plan.Settings.Issuers.Select(IssuerLoader.FingerprintAll));
            bool isChanged = _requested || files != _seen;
            registry.Tidy();
            if (isChanged || IsRetryDue())
            {
                if (_requested)
                {
                    RefusedPins.Forget(); // the operator wants another try, which no retry of ours is worth: it may lock the token
                }

                _requested = false;
                _seen = files;
                await ReloadAsync(isChanged).ConfigureAwait(false);
                _tried = timeProvider.GetTimestamp();
            }
        }
    }

    private bool IsRetryDue() => (Problem is not null || registry.NeedsRetry) && timeProvider.GetElapsedTime(_tried) >= s_retryInterval;

    /// <param name="isChanged">Whether to log an outcome that is the same as before.</param>
    private async Task ReloadAsync(bool isChanged)
    {
        string before = Describe();
        try
        {
            ResponderPlan next = _plan.Reload();
            await registry.ApplyAsync(next.Settings.Issuers, mayAsk: false).ConfigureAwait(false);
            await registry.PublishCrlsAsync().ConfigureAwait(false);
            if (!next.HasSameServers(_plan))
            {
                LogNeedsRestart(logger);
            }

            _plan = next;
            Problem = null;
            if (isChanged || before != Describe())
            {
                LogReloaded(logger, next.Settings.Issuers.Count);
                HostLog.Report(logger, registry);
            }
        }
#pragma warning disable CA1031 // Whatever it is: the host serves on with what it has, and the next attempt may succeed
        catch (Exception e)
#pragma warning restore CA1031
        {
            Problem = $"the configuration was not reloaded, the one before stays in use: {e.Message}";
            if (isChanged || before != Describe())
            {
                LogRefused(logger, e.Message, e is ConfigurationException ? null : e);
            }
        }
    }

    private string Describe() => Problem + string.Concat(registry.Faults) + string.Concat(registry.KeyProblems);

    [LoggerMessage(EventId = 400, Level = LogLevel.Information, Message = "Reloaded the configuration: {Count} issuer(s)")]
    private static partial void LogReloaded(ILogger logger, int count);

    [LoggerMessage(EventId = 401, Level = LogLevel.Error, Message = "The configuration was not reloaded, the one before stays in use: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason, Exception? exception);

    [LoggerMessage(EventId = 402, Level = LogLevel.Warning, Message = "Settings other than Issuers have changed; they count from the next start")]
    private static partial void LogNeedsRestart(ILogger logger);
}
