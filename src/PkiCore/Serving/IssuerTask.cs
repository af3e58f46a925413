using Microsoft.Extensions.Logging;
using PkiCore.Status;

namespace PkiCore.Serving;

/// <summary>What runs for an issuer: its feed, which serves its alternates too, and a clock that keeps signing going; for an alternate only the clock.</summary>
internal sealed class IssuerTask
{
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);
    /// <summary>How long a start waits for a source that does not even say that it is out of reach.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_expiryWarning = TimeSpan.FromDays(7);
    private static readonly TimeSpan s_expiryWarningInterval = TimeSpan.FromHours(6);

    private readonly ServedIssuer _issuer;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping;
    private readonly long _startedAt;
    private readonly ExpirySweep _expirySweep;
    private CancellationTokenSource _reading; // ended by the reading that follows
    private Task _feed = Task.CompletedTask;
    private Task _ticks = Task.CompletedTask;
    private DateTimeOffset _nextExpiryWarning;
    private int _stuckThreads;
    private string? _validityProblem;

    private IssuerTask(ServedIssuer issuer, TimeProvider timeProvider, ILogger logger, CancellationToken cancellationToken)
    {
        _issuer = issuer;
        _timeProvider = timeProvider;
        _logger = logger;
        _startedAt = timeProvider.GetTimestamp();
        _expirySweep = new ExpirySweep(issuer.Table, timeProvider);
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _reading = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
    }

    /// <summary>Ends when the source has been read once, was found to be out of reach, or has had its time.</summary>
    public Task Settled => _settled.Task;

    public static IssuerTask Start(ServedIssuer issuer, TimeProvider timeProvider, ILogger logger, CancellationToken cancellationToken)
    {
        var task = new IssuerTask(issuer, timeProvider, logger, cancellationToken);
        task._ticks = task.TickAsync();
        if (issuer.IsAlternate)
        {
            task._settled.SetResult();
        }
        else
        {
            task._feed = Task.Run(() => task.FeedAsync(task._reading.Token), CancellationToken.None); // a source may block its thread
        }

        return task;
    }

    /// <summary>Reads the source from the beginning, for its alternates are others now: each has to hear all of it. Not called by two threads at once, nor after the end.</summary>
    public void ReadAgain()
    {
        (CancellationTokenSource before, _reading) = (_reading, CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token));
        _feed = FollowAsync(_feed, before, _reading.Token);
    }

    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _settled.TrySetResult();
        _issuer.Presigner.Dispose();
        _issuer.LiveSigner.Dispose();
        try
        {
            await Task.WhenAll(_feed, _ticks).WaitAsync(s_stopTimeout, _timeProvider).ConfigureAwait(false);
            _reading.Dispose();
            _stopping.Dispose();
        }
        catch (TimeoutException)
        {
            Log.SourceLeftBehind(_logger, _issuer.Name, _issuer.Source.Name);
        }

        if (_issuer.Snapshots is { } snapshots)
        {
            await Task.Run(snapshots.Dispose).ConfigureAwait(false);
        }
    }

    private async Task FollowAsync(Task feedBefore, CancellationTokenSource readingBefore, CancellationToken cancellationToken)
    {
        await readingBefore.CancelAsync().ConfigureAwait(false);
        await feedBefore.ConfigureAwait(false);
        readingBefore.Dispose();
        await Task.Run(() => FeedAsync(cancellationToken), CancellationToken.None).ConfigureAwait(false);
    }

    private Task FeedAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ServedIssuer> variants = _issuer.Variants.All; // who joins in the middle would miss what was said before
        SourcePosition[] positions = [.. variants.Select(variant => variant.Restore()).Distinct()];
        return new StatusFeed(_issuer.Source, _timeProvider, _logger).RunAsync(
            positions.Length == 1 ? positions[0] : default, // the one that holds for all, or all of it
            batch =>
            {
                SourceReception.Apply(batch, variants);
                if (batch.Kind != StatusBatchKind.CompleteState)
                {
                    Settle();
                }
            },
            cancellationToken);
    }

    private void Settle()
    {
        if (_issuer is { SourceState.IsSettled: true, Gate.IsAboutToOpen: false })
        {
            _settled.TrySetResult();
        }
    }

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(s_tick, _timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
            {
                Tick();
            }
        }
        catch (OperationCanceledException)
        {
            // stopped
        }
    }

    private void Tick()
    {
        try
        {
            DateTimeOffset now = _timeProvider.GetUtcNow();
            _issuer.Presigner.Tick(now);
            _issuer.LiveSigner.Tick();
            _issuer.WaitingTime.Tick();
            _issuer.Snapshots?.Tick();
            if (!_issuer.Unknown.KeepsExpired)
            {
                _expirySweep.Tick();
            }

            _issuer.UpdateGate();
            Settle();
            ReportStuckThreads();
            ReportSourceValidity(now);
            WarnOfExpiry(now);
            if (!_settled.Task.IsCompleted && _timeProvider.GetElapsedTime(_startedAt) >= s_patience)
            {
                _issuer.SourceState.GiveUpWaiting();
                _settled.TrySetResult();
            }
        }
#pragma warning disable CA1031 // Do not catch general exception types: one bad tick must not be the last
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.TickFailed(_logger, _issuer.Name, e);
        }
    }

    /// <summary>Requests can bring stuck threads about, so the log hears of them once a tick.</summary>
    private void ReportStuckThreads()
    {
        int stuck = _issuer.ThreadsWrittenOff;
        if (stuck > _stuckThreads)
        {
            Log.ThreadsStuck(_logger, _issuer.Name, stuck);
        }
        else if (stuck == 0 && _stuckThreads > 0)
        {
            Log.ThreadsBack(_logger, _issuer.Name);
        }

        _stuckThreads = stuck;
    }

    /// <summary>What a source said can lose its validity without a word from the source.</summary>
    private void ReportSourceValidity(DateTimeOffset now)
    {
        string? problem = _issuer.IsAlternate ? null : _issuer.SourceState.FindValidityProblem(now);
        if (problem is not null && problem != _validityProblem)
        {
            Log.SourceProblem(_logger, _issuer.Issuer.Name, _issuer.Source.Name, problem);
        }
        else if (problem is null && _validityProblem is not null)
        {
            Log.SourceState(_logger, _issuer.Issuer.Name, _issuer.Source.Name, "valid again");
        }

        _validityProblem = problem;
    }

    private void WarnOfExpiry(DateTimeOffset now)
    {
        if (_issuer.Identity is { } identity && identity.NotAfter - now < s_expiryWarning && now >= _nextExpiryWarning)
        {
            _nextExpiryWarning = now + s_expiryWarningInterval;
            Log.SignerExpires(_logger, _issuer.Name, (identity.NotAfter - now).TotalDays);
        }
    }
}
