using Microsoft.Extensions.Logging;

namespace PkiCore.Galera.Cluster;

/// <summary>Asks one node for its state, again and again, whatever the other nodes do.</summary>
internal sealed class NodeWatch(NodeRecord record, ClusterState cluster, GaleraOptions options, TimeProvider timeProvider, ILogger logger)
{
    private const int SettingsEvery = 15;
    private const int ShortestPauseShare = 10; // of the interval: nobody's reports make it ask without a break

    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the node has been tried once.</summary>
    public Task Tried => _tried.Task;

    /// <summary>Goes on until it is cancelled; the connection is closed then.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var probe = new NodeProbe(record.Node, options.ProbeTimeout, timeProvider);
        try
        {
            for (int count = 0; ; count++)
            {
                long began = timeProvider.GetTimestamp();
                await AskAsync(probe, count % SettingsEvery == 0, cancellationToken).ConfigureAwait(false);
                _tried.TrySetResult();
                await PauseAsync(began, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        finally
        {
            _tried.TrySetResult();
            await probe.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Asks on a thread of the pool, so that a provider which blocks or ignores its time limit holds up nobody but this node. It returns only when the question has
    /// ended, however late: nothing else may begin on its connection before.
    /// </summary>
    private async Task AskAsync(NodeProbe probe, bool withSettings, CancellationToken cancellationToken)
    {
        long began = timeProvider.GetTimestamp();
        Task<ProbeResult> question = Task.Run(() => probe.ProbeAsync(withSettings, cancellationToken), cancellationToken);
        Task asking = question;
        TimeSpan patience = options.ProbeTimeout * 2.5; // it may connect and ask, each with the time limit
        await asking.WaitAsync(patience, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        bool isStuck = !asking.IsCompleted && !cancellationToken.IsCancellationRequested;
        if (isStuck)
        {
            Log.ProbeIsStuck(logger, record.Node.Name);
            cluster.Apply(record, new ProbeResult(began) { Fault = ProbeFault.NoAnswer(options.ProbeTimeout) });
            _tried.TrySetResult();
        }

        await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (question.IsFaulted)
        {
            cluster.Apply(record, new ProbeResult(began) { Fault = ProbeFault.Describe(question.Exception.GetBaseException(), options.ProbeTimeout) });
        }
        else if (!isStuck) // else it is too old to be used
        {
            cluster.Apply(record, await question.ConfigureAwait(false));
        }
    }

    private async Task PauseAsync(long began, CancellationToken cancellationToken)
    {
        TimeSpan shortest = options.ProbeInterval / ShortestPauseShare;
        await Task.Delay(shortest, timeProvider, cancellationToken).ConfigureAwait(false);
        TimeSpan left = options.ProbeInterval - timeProvider.GetElapsedTime(began);
        if (left > TimeSpan.Zero)
        {
            await record.Wake.WaitAsync(left, cancellationToken).ConfigureAwait(false);
        }
    }
}
