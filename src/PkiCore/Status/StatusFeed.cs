using Microsoft.Extensions.Logging;

namespace PkiCore.Status;

/// <summary>Reads one source for ever and hands its batches, in order, to a consumer; a source that throws is read again from the last position.</summary>
internal sealed partial class StatusFeed(IStatusSource source, TimeProvider timeProvider, ILogger logger)
{
    private static readonly TimeSpan s_pauseAfterFault = TimeSpan.FromSeconds(1);

    /// <param name="position">Where to begin.</param>
    /// <param name="apply">The consumer.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(SourcePosition position, Action<StatusBatch> apply, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (StatusBatch batch in source.ReadAsync(position, cancellationToken).ConfigureAwait(false))
                {
                    apply(batch);
                    position = batch.Position;
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Do not catch general exception types: whatever a source does, its issuer must recover by itself
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogSourceFailed(logger, source.Name, e);
                apply(new StatusBatch { Position = position, Watermark = timeProvider.GetUtcNow(), Verdict = StatusVerdict.Stale, Problem = $"{source.Name}: {e.Message}" });
            }

            await Task.Delay(s_pauseAfterFault, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(EventId = 100, Level = LogLevel.Error, Message = "Reading {Source} failed; it is read again from the last position")]
    private static partial void LogSourceFailed(ILogger logger, string source, Exception exception);
}
