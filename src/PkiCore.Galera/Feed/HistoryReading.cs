using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using PkiCore.Status;

namespace PkiCore.Galera.Feed;

/// <summary>One reader's way along the history of a CA: the complete state once, then change by change, from whichever node is the nearest.</summary>
internal sealed class HistoryReading(GaleraCluster cluster, IssuerKey issuer, string issuerName, SourcePosition from)
{
    private const int ComparisonTries = 24; // in an interval, when it does not come to its end

    private static readonly TimeSpan s_pageTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(10);

    private readonly ILogger _logger = cluster.LoggerFactory.CreateLogger<HistoryReading>();
    private readonly long _begun = cluster.TimeProvider.GetTimestamp();
    private HistoryPosition? _position = HistoryPosition.TryParse(from);
    private long _reached = cluster.TimeProvider.GetTimestamp(); // when the position was
    private long _compared = cluster.TimeProvider.GetTimestamp(); // or read for the first time, or begun
    private bool _isComparisonCut; // the latest did not come to its end
    private CausalReading? _told;
    private bool _again; // something failed that is to be tried again, also without news
    private TimeSpan _pause; // before that; longer each time where no other node would do better
    private string? _refusal; // why the history in the database is not followed

    private bool IsComparisonDue => cluster.Options.ComparisonInterval > TimeSpan.Zero && cluster.View.ClockProblem is null
        && cluster.TimeProvider.GetElapsedTime(_compared) > cluster.Options.ComparisonInterval / (_isComparisonCut ? ComparisonTries : 1);

    private SourcePosition Position => _position?.ToSourcePosition() ?? default;

    public async IAsyncEnumerable<StatusBatch> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cluster.History.Start();
        Published<HistoryNews> published = cluster.History.News;
        while (true)
        {
            HistoryNews news = published.Value;
            await foreach (StatusBatch batch in TakeAsync(news, cancellationToken).ConfigureAwait(false))
            {
                yield return batch;
            }

            await (_again ? Task.Delay(_pause, cluster.TimeProvider, cancellationToken) : published.WaitForOtherAsync(news, cancellationToken)).ConfigureAwait(false);
            _again = false;
        }
    }

    private async IAsyncEnumerable<StatusBatch> TakeAsync(HistoryNews news, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (news.Node is not { } node)
        {
            if (news.Problem is { } problem)
            {
                yield return Stale(problem);
            }

            yield break; // or nobody has tried yet: a start that waits for the source goes on waiting
        }

        if (!news.Heads.TryGetValue(issuer, out HistoryHead? head))
        {
            yield return Stale($"{node.Name}: the CA is not in the database; RevocationStore.RegisterIssuerAsync registers it, and so does 'db import-index'");
            yield break;
        }

        IAsyncEnumerable<StatusBatch> batches = _position is { } position ? FollowAsync(position, head, news, node, cancellationToken) : ReadAllAsync(node, head.IssuerId, compareFrom: null, cancellationToken);
        await foreach (StatusBatch batch in batches.ConfigureAwait(false))
        {
            yield return batch;
        }

        if (FindTruth(news) is { } truth)
        {
            _told = news.Causal;
            yield return truth;
        }
    }

    private async IAsyncEnumerable<StatusBatch> FollowAsync(
        HistoryPosition position, HistoryHead head, HistoryNews news, GaleraNode node, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HistoryStep step = HistoryCheck.Compare(position, head, isComplete: false, _refusal is not null, out string? why);
        if (step is HistoryStep.Nothing or HistoryStep.Changes && news.Causal is { } causal && causal.Began > _reached && causal.Heads.TryGetValue(issuer, out HistoryHead? certain))
        {
            HistoryStep certainStep = HistoryCheck.Compare(position, certain, isComplete: true, _refusal is not null, out string? certainWhy);
            (step, why) = certainWhy is null ? (step, why) : (certainStep, certainWhy);
        }

        switch (step)
        {
            case HistoryStep.OtherHistory:
                yield return Refuse(why!);
                break;
            case HistoryStep.ReadAgain:
                Log.ReadAgain(_logger, issuerName, why!);
                await foreach (StatusBatch batch in ReadAllAsync(node, head.IssuerId, compareFrom: null, cancellationToken).ConfigureAwait(false))
                {
                    yield return batch;
                }

                break;
            case HistoryStep.Changes:
                await foreach (StatusBatch batch in ReadChangesAsync(node, head, cancellationToken).ConfigureAwait(false))
                {
                    yield return batch;
                }

                break;
            default:
                if (head.LastChange == position.Number)
                {
                    _position = position with { AcceptedAt = Later(position.AcceptedAt, head.AcceptedAt) };
                    Accept("the database tells it again as it was read before");
                }

                break;
        }

        // After changes too: where there always are some, it could wait for long.
        if (IsComparisonDue && step is (HistoryStep.Nothing or HistoryStep.Changes) && _refusal is null && _position?.Number >= head.LastChange)
        {
            await foreach (StatusBatch batch in ReadAllAsync(node, head.IssuerId, _position, cancellationToken).ConfigureAwait(false))
            {
                yield return batch;
            }
        }
    }

    private async IAsyncEnumerable<StatusBatch> ReadChangesAsync(GaleraNode node, HistoryHead head, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        bool isFull = true;
        while (isFull)
        {
            ChangePage page;
            string? problem = null;
            try
            {
                page = await ReadPageAsync(node, head.IssuerId, cancellationToken).ConfigureAwait(false);
                problem = page.Unreadable is { } unreadable ? NoteFault(node, unreadable) : null;
            }
            catch (Exception e) when (IsFault(e))
            {
                (page, problem) = (new ChangePage([], _position!, null, null, IsFull: false), NoteFault(node, e));
            }

            isFull = page.IsFull && page.End.Number < head.LastChange; // where there always are more, it would never be told as of when they are true
            _pause = problem is null ? TimeSpan.Zero : _pause;
            if (page.Changes.Count > 0)
            {
                Accept("the changes go on from the last one that was read");
                (_position, _reached) = (page.End with { AcceptedAt = Later(_position!.AcceptedAt, head.AcceptedAt) }, cluster.TimeProvider.GetTimestamp());
                yield return new StatusBatch { Changes = page.Changes, Verdict = StatusVerdict.Stale, Watermark = cluster.TimeProvider.GetUtcNow(), Position = Position, Problem = problem };
            }

            if (page.Fault is { } fault)
            {
                if (page.IsPruned || head.AcceptedAt > (_position!.AcceptedAt ?? DateTimeOffset.MinValue))
                {
                    Log.ReadAgain(_logger, issuerName, fault);
                    await foreach (StatusBatch batch in ReadAllAsync(node, head.IssuerId, compareFrom: null, cancellationToken).ConfigureAwait(false))
                    {
                        yield return batch;
                    }
                }
                else
                {
                    yield return Refuse(fault);
                }
            }
            else if (problem is not null)
            {
                yield return Stale(problem);
            }
        }
    }

    private async Task<ChangePage> ReadPageAsync(GaleraNode node, uint issuerId, CancellationToken cancellationToken)
    {
        await cluster.Turns.Pages.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await cluster.WithinAsync(s_pageTimeout, $"no changes within {s_pageTimeout.TotalSeconds:0} s", ReadAsync, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            cluster.Turns.Pages.Release();
        }

        async Task<ChangePage> ReadAsync(CancellationToken token)
        {
            DbConnection connection = await node.DataSource.OpenConnectionAsync(token).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                return await ChangePage.ReadAsync(connection, issuerId, _position!, token).ConfigureAwait(false);
            }
        }
    }

    private async IAsyncEnumerable<StatusBatch> ReadAllAsync(GaleraNode node, uint issuerId, HistoryPosition? compareFrom, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        TimeSpan patience = compareFrom is null ? Timeout.InfiniteTimeSpan : TimeSpan.Zero; // a comparison is in no hurry, and no change may wait for it
        if (!await cluster.Turns.CompleteReadings.WaitAsync(patience, cancellationToken).ConfigureAwait(false))
        {
            yield break;
        }

        try
        {
            if (cluster.View.Nearest?.Node != node)
            {
                (_again, _pause) = (true, cluster.Options.ReadInterval); // it was well when the wait began
                yield break;
            }

            if (compareFrom is not null)
            {
                Log.ReadAgain(_logger, issuerName, "to compare it with what is known");
            }

            await foreach (StatusBatch batch in ReadAllInTurnAsync(node, issuerId, compareFrom, cancellationToken).ConfigureAwait(false))
            {
                yield return batch;
            }
        }
        finally
        {
            cluster.Turns.CompleteReadings.Release();
        }
    }

    private async IAsyncEnumerable<StatusBatch> ReadAllInTurnAsync(
        GaleraNode node, uint issuerId, HistoryPosition? compareFrom, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reading = new CompleteReading(cluster, node, issuerId, issuerName, _logger);
        IAsyncEnumerator<StatusBatch> parts = reading.ReadAsync(compareFrom, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (parts.ConfigureAwait(false))
        {
            _position = compareFrom; // without one the state is a mixture until the end
            (_compared, _isComparisonCut) = (cluster.TimeProvider.GetTimestamp(), true);
            while (true)
            {
                string? problem = null;
                bool isPart = false;
                try
                {
                    isPart = await parts.MoveNextAsync().ConfigureAwait(false);
                }
                catch (Exception e) when (IsFault(e) || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
                {
                    problem = NoteFault(node, e is OperationCanceledException ? new TimeoutException("the complete state does not come", e) : e);
                }

                if (isPart && parts.Current.Kind == StatusBatchKind.CompleteStateEnd && cluster.View.ClockProblem is { } clock)
                {
                    // What is revoked is known by now; but the end would let all be signed.
                    (isPart, problem, _again, _pause) = (false, clock, true, s_longestPause);
                }

                if (problem is not null)
                {
                    yield return Stale(problem);
                }

                if (!isPart)
                {
                    break;
                }

                if (parts.Current.Kind != StatusBatchKind.CompleteState)
                {
                    (_position, _reached) = (HistoryPosition.TryParse(parts.Current.Position), cluster.TimeProvider.GetTimestamp());
                    Accept("everything was read again");
                }

                if (parts.Current.Kind == StatusBatchKind.CompleteStateEnd)
                {
                    (_isComparisonCut, _pause) = (false, TimeSpan.Zero);
                }

                yield return parts.Current;
            }
        }
    }

    /// <summary>What is told once the changes are read: as of when all this is true.</summary>
    private StatusBatch? FindTruth(HistoryNews news)
    {
        if (_position is not { } position || _refusal is not null || news.Causal is not { } causal || causal == _told)
        {
            return news.CausalProblem is { } problem && _position is not null && _refusal is null ? Stale(problem) : null;
        }

        // An end that lies before the position is no wonder where the position was reached since; but one that was reached in an earlier life has to be found again.
        bool isReached = causal.Heads.TryGetValue(issuer, out HistoryHead? head)
            && (head.LastChange == position.Number ? head.LastDigest == position.Digest : head.LastChange < position.Number && causal.Began >= _begun);
        return !isReached ? null
            : cluster.View.ClockProblem is { } clock ? Stale(clock)
            : new StatusBatch { Watermark = causal.At, Position = Position };
    }

    private StatusBatch Refuse(string why)
    {
        string problem = $"{why}. Was the database restored from a backup? Nothing more is read from it until it tells the same history again, or an operator has "
            + "written back what it lost ('db reconcile') and accepted it ('galera accept-history')";
        if (_refusal != problem)
        {
            _refusal = problem;
            Log.OtherHistory(_logger, issuerName, problem);
        }

        return new StatusBatch { Verdict = StatusVerdict.OtherHistory, Watermark = cluster.TimeProvider.GetUtcNow(), Position = Position, Problem = problem };
    }

    private void Accept(string why)
    {
        if (_refusal is not null)
        {
            _refusal = null;
            Log.HistoryFollowed(_logger, issuerName, _position?.Number ?? 0, why);
        }
    }

    /// <summary>Lets it be tried again: soon and on another node, or after a while where the fault lies in what all nodes have, which is nothing that other CAs should suffer from.</summary>
    /// <returns>What is wrong.</returns>
    private string NoteFault(GaleraNode node, Exception exception)
    {
        bool isOfAllNodes = exception is InvalidDataException || ServerError.IsOfAllNodes(exception);
        if (!isOfAllNodes)
        {
            cluster.ReportFailure(node, exception);
        }

        TimeSpan longer = _pause * 2 < s_longestPause ? _pause * 2 : s_longestPause;
        _pause = isOfAllNodes && longer > cluster.Options.ReadInterval ? longer : cluster.Options.ReadInterval;
        _again = true;
        return $"{node.Name}: {exception.Message}";
    }

    private StatusBatch Stale(string problem) =>
        new() { Verdict = StatusVerdict.Stale, Watermark = cluster.TimeProvider.GetUtcNow(), Position = Position, Problem = problem };

    private static DateTimeOffset? Later(DateTimeOffset? a, DateTimeOffset? b) => a > b || b is null ? a : b;

    private static bool IsFault(Exception e) => e is DbException or TimeoutException or InvalidDataException or IOException;
}
