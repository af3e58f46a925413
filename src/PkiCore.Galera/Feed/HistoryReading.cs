using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using PkiCore.Status;

namespace PkiCore.Galera.Feed;

/// <summary>One reader's way along the history of a CA: the complete state once, then change by change, from whichever node is the nearest.</summary>
internal sealed class HistoryReading(GaleraCluster cluster, IssuerKey issuer, string issuerName, SourcePosition from)
{
    private static readonly TimeSpan s_pageTimeout = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger = cluster.LoggerFactory.CreateLogger<HistoryReading>();
    private HistoryPosition? _position = HistoryPosition.TryParse(from);
    private long _reached = cluster.TimeProvider.GetTimestamp(); // when the position was
    private long _compared = cluster.TimeProvider.GetTimestamp(); // or read for the first time, or begun
    private CausalReading? _told;
    private bool _again; // something failed that is to be tried again, also without news
    private string? _refusal; // why the history in the database is not followed

    private bool IsComparisonDue => cluster.Options.ComparisonInterval > TimeSpan.Zero && cluster.TimeProvider.GetElapsedTime(_compared) > cluster.Options.ComparisonInterval;

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

            await (_again ? Task.Delay(cluster.Options.ReadInterval, cluster.TimeProvider, cancellationToken) : published.WaitForOtherAsync(news, cancellationToken)).ConfigureAwait(false);
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
            yield return Stale($"{node.Name}: the CA is not in the database; a writer registers it when it issues, and so does 'pkicore db import-index'");
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
        HistoryStep step = HistoryCheck.Compare(position, head, isComplete: false, out string? why);
        if (step is HistoryStep.Nothing or HistoryStep.Changes && news.Causal is { } causal && causal.Began > _reached && causal.Heads.TryGetValue(issuer, out HistoryHead? certain))
        {
            HistoryStep certainStep = HistoryCheck.Compare(position, certain, isComplete: true, out string? certainWhy);
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
                    _position = position with { AcceptedAt = head.AcceptedAt };
                    Accept("the database tells it again as it was read before");
                }

                break;
        }

        // After changes too: where there always are some, it could wait for long.
        if (IsComparisonDue && step is (HistoryStep.Nothing or HistoryStep.Changes) && _refusal is null && _position?.Number >= head.LastChange)
        {
            Log.ReadAgain(_logger, issuerName, "to compare it with what is known");
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
                page = await cluster.WithinAsync(s_pageTimeout, $"no changes within {s_pageTimeout.TotalSeconds:0} s", token => ReadPageAsync(node, head.IssuerId, token), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (IsFault(e))
            {
                Blame(node, e);
                _again = true;
                (page, problem) = (new ChangePage([], _position!, null, IsFull: false), $"{node.Name}: {e.Message}");
            }

            isFull = page.IsFull;
            if (page.Changes.Count > 0)
            {
                Accept("the changes go on from the last one that was read");
                (_position, _reached) = (page.End with { AcceptedAt = head.AcceptedAt }, cluster.TimeProvider.GetTimestamp());
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
        DbConnection connection = await node.DataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await ChangePage.ReadAsync(connection, issuerId, _position!, cancellationToken).ConfigureAwait(false);
        }
    }

    private async IAsyncEnumerable<StatusBatch> ReadAllAsync(GaleraNode node, uint issuerId, HistoryPosition? compareFrom, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reading = new CompleteReading(cluster, node, issuerId, issuerName, _logger);
        IAsyncEnumerator<StatusBatch> parts = reading.ReadAsync(compareFrom, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (parts.ConfigureAwait(false))
        {
            _position = compareFrom; // without one the state is a mixture until the end
            _compared = cluster.TimeProvider.GetTimestamp();
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
                    Blame(node, e);
                    _again = true;
                    problem = $"{node.Name}: {(e is OperationCanceledException ? "the complete state does not come" : e.Message)}";
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

        bool isReached = causal.Heads.TryGetValue(issuer, out HistoryHead? head) && head.LastChange <= position.Number;
        return !isReached ? null
            : cluster.View.ClockProblem is { } clock ? Stale(clock)
            : new StatusBatch { Watermark = causal.At, Position = Position };
    }

    private StatusBatch Refuse(string why)
    {
        string problem = $"{why}. Was the database restored from a backup? Nothing more is read from it until it tells the same history again, or an operator has "
            + "written back what it lost ('pkicore db reconcile') and accepted it ('pkicore galera accept-history')";
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

    private void Blame(GaleraNode node, Exception exception)
    {
        if (!ServerError.IsOfAllNodes(exception))
        {
            cluster.ReportFailure(node, exception);
        }
    }

    private StatusBatch Stale(string problem) =>
        new() { Verdict = StatusVerdict.Stale, Watermark = cluster.TimeProvider.GetUtcNow(), Position = Position, Problem = problem };

    private static bool IsFault(Exception e) => e is DbException or TimeoutException or InvalidDataException or IOException;
}
