using Microsoft.Extensions.Logging;
using PkiCore.Galera.Cluster;

namespace PkiCore.Galera.Feed;

/// <summary>
/// Reads the heads of all histories from the nearest node, for all sources together: often and without waiting, so that changes are known early, and now and then
/// causally, so that it is known as of when. The two have a connection each: a causal reading that has to wait holds up no change.
/// </summary>
internal sealed class HistoryWatch(GaleraCluster cluster) : IAsyncDisposable
{
    private static readonly TimeSpan s_causalInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_disposePatience = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly WakeSignal _wanted = new(cluster.TimeProvider); // a causal reading
    private readonly ILogger _logger = cluster.LoggerFactory.CreateLogger<HistoryWatch>();
    private Task? _running;

    /// <summary>What is known now.</summary>
    public Published<HistoryNews> News { get; } = new(new HistoryNews());

    /// <summary>Begins to read, if nobody did before.</summary>
    public void Start()
    {
        lock (_gate)
        {
            _running ??= Task.WhenAll(
                Task.Run(() => RunAsync(isCausal: false, cluster.Options.ProbeTimeout)),
                Task.Run(() => RunAsync(isCausal: true, cluster.Options.CausalTimeout)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        Task running = _running ?? Task.CompletedTask;
        await running.WaitAsync(s_disposePatience, cluster.TimeProvider).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (running.IsCompleted) // else a provider does not let go of a connection
        {
            _stop.Dispose();
        }
    }

    private async Task RunAsync(bool isCausal, TimeSpan timeout)
    {
        while (!_stop.IsCancellationRequested)
        {
            ClusterView view = cluster.View;
            if (view.Nearest is not { } nearest)
            {
                TellProblem(isCausal, view.Problem ?? "no node is healthy");
                await cluster.WaitForOtherViewAsync(view, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            try
            {
                await FollowAsync(nearest.Node, isCausal, timeout).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
            }
            catch (Exception e) when (e is InvalidDataException || ServerError.IsOfAllNodes(e))
            {
                // No node is to blame, and none would do better.
                if (TellProblem(isCausal, $"{nearest.Node.Name}: {e.Message}"))
                {
                    Log.HistoryNotRead(_logger, nearest.Node.Name, isCausal ? "causally" : "plainly", e.Message);
                }

                await Task.Delay(s_causalInterval, cluster.TimeProvider, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
#pragma warning disable CA1031 // Do not catch general exception types: whatever a provider throws, all sources depend on that this goes on
            catch (Exception e)
#pragma warning restore CA1031
            {
                string problem = $"{nearest.Node.Name}: {e.Message}";
                Log.HistoryNotRead(_logger, nearest.Node.Name, isCausal ? "causally" : "plainly", e.Message);
                TellProblem(isCausal, problem);
                cluster.ReportFailure(nearest.Node, e);
                await Task.Delay(cluster.Options.ReadInterval, cluster.TimeProvider, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Reads from a node for as long as it is the nearest.</summary>
    private async Task FollowAsync(GaleraNode node, bool isCausal, TimeSpan timeout)
    {
        HistoryConnection connection = await cluster.WithinAsync(timeout, $"no connection within {timeout.TotalSeconds:0.###} s", token => HistoryConnection.OpenAsync(node, isCausal, token), _stop.Token).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            while (cluster.View.Nearest?.Node == node)
            {
                long began = cluster.TimeProvider.GetTimestamp();
                DateTimeOffset at = cluster.TimeProvider.GetUtcNow(); // before the reading begins: DESIGN rule 1
                string late = isCausal ? $"the node could not say within {timeout.TotalSeconds:0.###} s that it has applied everything" : $"no answer within {timeout.TotalSeconds:0.###} s";
                Dictionary<IssuerKey, HistoryHead> heads = await cluster.WithinAsync(timeout, late, connection.ReadAsync, _stop.Token).ConfigureAwait(false);
                if (isCausal)
                {
                    Change(news => news with { Causal = new CausalReading(at, began, heads), CausalProblem = null });
                    await _wanted.WaitAsync(s_causalInterval, _stop.Token).ConfigureAwait(false);
                }
                else
                {
                    TellHeads(node, heads);
                    await Task.Delay(cluster.Options.ReadInterval, cluster.TimeProvider, _stop.Token).ConfigureAwait(false);
                }
            }
        }
    }

    private void TellHeads(GaleraNode node, Dictionary<IssuerKey, HistoryHead> heads)
    {
        HistoryNews before = News.Value;
        bool isSame = before.Problem is null && before.Node == node && heads.Count == before.Heads.Count
            && heads.All(head => before.Heads.TryGetValue(head.Key, out HistoryHead? known) && known == head.Value);
        if (!isSame)
        {
            Change(news => news with { Heads = heads, Node = node, Problem = null });
            _wanted.Set(); // changes are to be signed soon: a time as of which they are known is needed
        }
    }

    /// <returns>Whether it is another one than before.</returns>
    private bool TellProblem(bool isCausal, string problem)
    {
        HistoryNews before = News.Value;
        bool isNew = (isCausal ? before.CausalProblem : before.Problem) != problem;
        if (isNew)
        {
            Change(news => isCausal ? news with { CausalProblem = problem } : news with { Problem = problem, Node = null });
        }

        return isNew;
    }

    private void Change(Func<HistoryNews, HistoryNews> change)
    {
        lock (_gate)
        {
            News.Set(change(News.Value));
        }
    }
}
