using System.Data.Common;
using System.Threading.Channels;
using PkiCore.Galera.Cluster;
using PkiCore.X509;

namespace PkiCore.Galera.Writing;

/// <summary>
/// Writes to the history of one CA: calls wait in a bounded queue, and those that are there are written together, one transaction at a time. Several
/// transactions at once on one history would only be in each other's way.
/// </summary>
internal sealed class IssuerWriter : IAsyncDisposable
{
    /// <summary>How many operations share a transaction at most.</summary>
    public const int MaxBatch = 1000;

    private readonly StoreContext _context;
    private readonly string _issuer;
    private readonly Issuer _ca;
    private readonly Channel<PendingWrite> _queue;
    private readonly CancellationTokenSource _stopping = new();
    private readonly WriterConnection _connection = new();
    private readonly RetryPause _pause;
    private readonly Task _running;

    public IssuerWriter(StoreContext context, Issuer issuer)
    {
        (_context, _ca, _issuer) = (context, issuer, issuer.Name);
        _pause = new RetryPause(context.TimeProvider);
        _queue = Channel.CreateBounded<PendingWrite>(new BoundedChannelOptions(context.Options.QueueLength) { SingleReader = true });
        _running = Task.Run(RunAsync);
    }

    /// <summary>Takes operations of one call: as many as fit into one transaction, or fewer. Waits for room.</summary>
    public ValueTask EnqueueAsync(PendingWrite write, CancellationToken cancellationToken) => _queue.Writer.WriteAsync(write, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _connection.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync(_stopping.Token).ConfigureAwait(false))
            {
                await WriteAsync(TakeBatch()).ConfigureAwait(false);
                if (_queue.Reader.Count == 0)
                {
                    await _connection.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The store is closed.
        }
        finally
        {
            while (_queue.Reader.TryRead(out PendingWrite? write))
            {
                write.Fail("the store was closed", exception: null, mayBeMade: false);
                write.Refuse();
            }
        }
    }

    private List<PendingWrite> TakeBatch()
    {
        var batch = new List<PendingWrite>();
        int count = 0;
        while (_queue.Reader.TryPeek(out PendingWrite? next) && count + next.Operations.Count <= MaxBatch)
        {
            _ = _queue.Reader.TryRead(out _);
            count += next.Operations.Count;
            batch.Add(next);
        }

        return batch;
    }

    /// <summary>Tries until it is written, or all callers have gone.</summary>
    private async Task WriteAsync(List<PendingWrite> batch)
    {
        try
        {
            for (int attempt = 0; !_stopping.IsCancellationRequested; attempt++)
            {
                batch.RemoveAll(write => write.Completion.IsCompleted);
                if (batch.Count == 0 || await TryWriteAsync(batch, attempt).ConfigureAwait(false))
                {
                    return;
                }
            }
        }
#pragma warning disable CA1031 // Do not catch general exception types: whatever it was, the callers are told, and the writer goes on
        catch (Exception e)
#pragma warning restore CA1031
        {
            batch.ForEach(write => write.Fail(_stopping.IsCancellationRequested ? "the store was closed" : e.Message, e, mayBeMade: true));
        }

        batch.ForEach(write => write.Refuse());
    }

    /// <returns>Whether there is nothing left to be done.</returns>
    private async Task<bool> TryWriteAsync(List<PendingWrite> batch, int attempt)
    {
        ClusterView view = _context.Cluster.View;
        if (view.Nearest is not { } node)
        {
            string problem = $"no node of the cluster can be written to: {view.Problem ?? "none is healthy"}";
            await WaitForViewAsync(batch, view, problem, attempt).ConfigureAwait(false);
            return false;
        }

        int least = _context.Cluster.Options.MinDataNodes;
        if (view.DataNodeCount < least)
        {
            string problem = $"{view.DataNodeCount} node(s) with data are in the primary component, and {least} have to be for a write to be accepted (MinDataNodes)";
            return await RefuseOrWaitAsync(batch, view, problem, attempt).ConfigureAwait(false);
        }

        List<PendingWrite> begun = batch.FindAll(write => write.TryBegin());
        return begun.Count == 0 || await TryWriteAsync(begun, node.Node, attempt).ConfigureAwait(false);
    }

    private async Task<bool> TryWriteAsync(List<PendingWrite> begun, GaleraNode node, int attempt)
    {
        RequestedOperation[] operations = [.. begun.SelectMany(write => write.Operations)];
        WriteTransaction? transaction = null;
        WriteFault fault;
        using CancellationTokenSource limit = new(_context.Options.TransactionTimeout, _context.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
        try
        {
            long begunAt = _context.TimeProvider.GetTimestamp();
            DbConnection connection = await _connection.GetAsync(node, either.Token).ConfigureAwait(false);
            ChangePlan plan = await RunAsync(connection, operations, made => transaction = made, either.Token).ConfigureAwait(false);
            _context.Metrics.Committed(_issuer, operations.Length, _context.TimeProvider.GetElapsedTime(begunAt));
            Distribute(begun, plan.Results);
            return true;
        }
#pragma warning disable CA1031 // Do not catch general exception types: what a provider throws is its own affair
        catch (Exception e)
#pragma warning restore CA1031
        {
            fault = WriteFault.Of(e, node.Name);
        }

        if (fault.Kind != WriteFaultKind.Conflict)
        {
            // It is not used again: whatever is left of the transaction ends with it.
            await _connection.DisposeAsync().ConfigureAwait(false);
        }

        bool mayBeMade = transaction is { IsCommitting: true } && !fault.IsRolledBack;
        return await HandleAsync(begun, operations.Length, node, fault, mayBeMade, attempt).ConfigureAwait(false);
    }

    private async Task<ChangePlan> RunAsync(DbConnection connection, RequestedOperation[] operations, Action<WriteTransaction> begin, CancellationToken cancellationToken)
    {
        // Asked each time: in a database that was restored the number may be another CA's.
        uint issuerId = await IssuerRows.FindCausallyAsync(connection, _ca, cancellationToken).ConfigureAwait(false)
            ?? throw new RevocationStoreException($"'{_issuer}' is not registered in the database any more");
        ChangePlan plan = await RunOnceAsync().ConfigureAwait(false);
        if (plan is { Changes.Count: 0, RestsOnReading: true })
        {
            // Nothing was certified: another node may know more. This one is asked to catch up first.
            await CausalWait.RunAsync(connection, cancellationToken).ConfigureAwait(false);
            plan = await RunOnceAsync().ConfigureAwait(false);
        }

        return plan;

        Task<ChangePlan> RunOnceAsync()
        {
            var transaction = new WriteTransaction(connection, issuerId, _context.Options);
            begin(transaction);
            return transaction.RunAsync(operations, _context.TimeProvider.GetUtcNow(), cancellationToken);
        }
    }

    private async Task<bool> HandleAsync(List<PendingWrite> begun, int count, GaleraNode node, WriteFault fault, bool mayBeMade, int attempt)
    {
        if (mayBeMade)
        {
            Log.OutcomeUnknown(_context.Logger, _issuer, count, fault.Message);
            _context.Metrics.OutcomeUnknown(_issuer, count);
        }

        begun.ForEach(write => write.Fail(fault.Message, fault.Exception, mayBeMade));
        _stopping.Token.ThrowIfCancellationRequested();
        if (fault.Kind == WriteFaultKind.Final)
        {
            Refuse(begun, fault.Message);
            return true;
        }

        _context.Metrics.Retried(_issuer, fault.Kind);
        if (fault.Kind == WriteFaultKind.Conflict)
        {
            Log.Conflict(_context.Logger, _issuer, count);
            await _pause.AfterConflictAsync(attempt, _stopping.Token).ConfigureAwait(false);
            return false;
        }

        Log.NodeFailed(_context.Logger, _issuer, count, fault.Message);
        _context.Cluster.ReportFailure(node, fault.Exception);
        if (ReferenceEquals(_context.Cluster.View.Nearest?.Node, node))
        {
            await _pause.AfterTroubleAsync(attempt, _stopping.Token).ConfigureAwait(false);
        }

        return false;
    }

    private void Distribute(List<PendingWrite> begun, IReadOnlyList<RevocationResult> results)
    {
        int start = 0;
        int unknown = 0;
        int repeated = 0;
        foreach (PendingWrite write in begun)
        {
            RevocationResult[] own = [.. results.Skip(start).Take(write.Operations.Count)];
            start += own.Length;
            unknown += write.MayBeMade ? own.Length : 0;
            repeated += write.MayBeMade ? own.Count(result => result.IsRepeated) : 0;
            write.Complete(own);
        }

        _context.Metrics.Ended(_issuer, results);
        if (unknown > 0)
        {
            Log.OutcomeResolved(_context.Logger, _issuer, unknown, repeated);
        }
    }

    /// <summary>Refuses what was never sent; what may have been made has to be found out, and waits for better times.</summary>
    private async Task<bool> RefuseOrWaitAsync(List<PendingWrite> batch, ClusterView view, string problem, int attempt)
    {
        List<PendingWrite> refused = batch.FindAll(write => !write.MayBeMade);
        refused.ForEach(write => write.Fail(problem, exception: null, mayBeMade: false));
        if (refused.Count > 0)
        {
            Refuse(refused, problem);
        }

        if (refused.Count == batch.Count)
        {
            return true;
        }

        await WaitForViewAsync(batch, view, problem, attempt).ConfigureAwait(false);
        return false;
    }

    private void Refuse(List<PendingWrite> batch, string problem)
    {
        int count = batch.Sum(write => write.Operations.Count);
        Log.Refused(_context.Logger, _issuer, count, problem);
        _context.Metrics.Failed(_issuer, count);
        batch.ForEach(write => write.Refuse());
    }

    /// <summary>Waits until the cluster looks different, or the last caller has gone.</summary>
    private async Task WaitForViewAsync(List<PendingWrite> batch, ClusterView view, string problem, int attempt)
    {
        if (attempt == 0)
        {
            Log.NoNode(_context.Logger, _issuer, problem); // views come several times a second
        }

        batch.ForEach(write => write.Fail(problem, exception: null, mayBeMade: false));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        Task other = _context.Cluster.WaitForOtherViewAsync(view, ending.Token);
        await Task.WhenAny(other, Task.WhenAll(batch.Select(write => (Task)write.Completion))).ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        await other.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Token.ThrowIfCancellationRequested();
    }
}
