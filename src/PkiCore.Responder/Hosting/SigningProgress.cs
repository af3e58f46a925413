using PkiCore.Serving;
using Spectre.Console;

namespace PkiCore.Responder.Hosting;

/// <summary>Shows the first signing when it takes a while: a bar on a terminal, log lines otherwise. It counts by batches, and so costs nothing.</summary>
internal sealed partial class SigningProgress(OcspResponder responder, TimeProvider timeProvider, ILogger<SigningProgress> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(s_patience, timeProvider, stoppingToken).ConfigureAwait(false);
        using var timer = new PeriodicTimer(s_interval, timeProvider);
        while (responder.GetHealth().IsLoading)
        {
            await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false);
        }

        if (Read() is not { Waiting: > 0 } first)
        {
            return;
        }

        var estimate = new SigningEstimate(first.Certificates, first.Waiting, timeProvider);
        if (AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected)
        {
            await AnsiConsole.Progress()
                .AutoClear(true)
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
                .StartAsync(context => FollowAsync(estimate, ShowOn(context.AddTask("Signing answers ahead")), timer, stoppingToken)).ConfigureAwait(false);
        }
        else
        {
            await FollowAsync(estimate, Log, timer, stoppingToken).ConfigureAwait(false);
        }

        LogSigned(logger, estimate.Certificates, estimate.Elapsed.TotalSeconds);
    }

    private async Task FollowAsync(SigningEstimate estimate, Action<SigningEstimate> show, PeriodicTimer timer, CancellationToken stoppingToken)
    {
        for ((int certificates, int waiting) = Read(); waiting > 0; (certificates, waiting) = Read())
        {
            estimate.Update(certificates, waiting);
            show(estimate);
            await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false);
        }
    }

    private static Action<SigningEstimate> ShowOn(ProgressTask bar) => estimate =>
    {
        bar.MaxValue = estimate.Certificates;
        bar.Value = estimate.Signed;
        bar.Description = FormattableString.Invariant($"Signing answers ahead: {estimate.Signed} of {estimate.Certificates}, {estimate.Rate:0}/s, {estimate.DescribeRest()}");
    };

    private void Log(SigningEstimate estimate)
    {
        if (estimate.IsWorthALine())
        {
            string rest = estimate.DescribeRest();
            LogSigning(logger, estimate.Signed, estimate.Certificates, estimate.Rate, rest);
        }
    }

    /// <summary>An issuer with a problem may never be done.</summary>
    private (int Certificates, int Waiting) Read()
    {
        IssuerHealth[] issuers = [.. responder.GetHealth().Issuers.Where(issuer => issuer.Problems.Count == 0)];
        return (issuers.Sum(issuer => issuer.Certificates), issuers.Sum(issuer => issuer.WaitingToBeSigned));
    }

    [LoggerMessage(EventId = 410, Level = LogLevel.Information, Message = "Signing answers ahead: {Signed} of {Certificates} certificates, {Rate:0}/s, {Rest}")]
    private static partial void LogSigning(ILogger logger, int signed, int certificates, double rate, string rest);

    [LoggerMessage(EventId = 411, Level = LogLevel.Information, Message = "Answers for {Certificates} certificates are signed ahead, after {Seconds:0.0} s")]
    private static partial void LogSigned(ILogger logger, int certificates, double seconds);
}
