using PkiCore.Serving;
using Spectre.Console;

namespace PkiCore.Responder.Hosting;

/// <summary>Shows the first signing when it takes a while: a bar on a terminal, log lines otherwise.</summary>
internal sealed partial class SigningProgress(OcspResponder responder, TimeProvider timeProvider, ILogger<SigningProgress> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_logInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(s_patience, timeProvider, stoppingToken).ConfigureAwait(false);
        using var timer = new PeriodicTimer(s_interval, timeProvider);
        while (responder.GetHealth().IsLoading)
        {
            await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false);
        }

        if (Read().Waiting == 0)
        {
            return;
        }

        if (AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected)
        {
            await AnsiConsole.Progress()
                .AutoClear(true)
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .StartAsync(context => FollowAsync(context.AddTask("Signing answers ahead"), stoppingToken)).ConfigureAwait(false);
        }
        else
        {
            await LogAsync(stoppingToken).ConfigureAwait(false);
        }

        int signed = Read().Certificates;
        LogSigned(logger, signed);
    }

    private async Task FollowAsync(ProgressTask bar, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, timeProvider);
        for ((int certificates, int waiting) = Read(); waiting > 0; (certificates, waiting) = Read())
        {
            bar.MaxValue = certificates;
            bar.Value = certificates - waiting;
            await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task LogAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_logInterval, timeProvider);
        for ((int certificates, int waiting) = Read(); waiting > 0; (certificates, waiting) = Read())
        {
            LogSigning(logger, certificates - waiting, certificates);
            await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false);
        }
    }

    /// <summary>An issuer with a problem may never be done.</summary>
    private (int Certificates, int Waiting) Read()
    {
        IssuerHealth[] issuers = [.. responder.GetHealth().Issuers.Where(issuer => issuer.Problems.Count == 0)];
        return (issuers.Sum(issuer => issuer.Certificates), issuers.Sum(issuer => issuer.WaitingToBeSigned));
    }

    [LoggerMessage(EventId = 410, Level = LogLevel.Information, Message = "Signing answers ahead: {Signed} of {Certificates} certificates")]
    private static partial void LogSigning(ILogger logger, int signed, int certificates);

    [LoggerMessage(EventId = 411, Level = LogLevel.Information, Message = "Answers for {Certificates} certificates are signed ahead")]
    private static partial void LogSigned(ILogger logger, int certificates);
}
