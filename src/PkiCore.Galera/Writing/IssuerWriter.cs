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

    /// <summary>A transaction of so many takes hardly longer than one of one.</summary>
    private const int SmallBatch = 16;

    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(5);

    private readonly StoreContext _context;
    private readonly string _issuer;
    private readonly Issuer _ca;
    private readonly Channel<PendingWrite> _queue;
    private readonly CancellationTokenSource _stopping = new();
    private readonly WriterConnection _connection = new();
    private readonly RetryPause _pause;
    private readonly Task _running;
    private int _batchLimit = MaxBatch;
    private int _callLimit = MaxBatch;
    private int _attempt;

    public IssuerWriter(StoreContext context, Issuer issuer)
    {
        (_context, _ca, _issuer) = (context, issuer, issuer.Name);
        _pause = new RetryPause(context.TimeProvider);
        _queue = Channel.CreateBounded<PendingWrite>(new BoundedChannelOptions(context.Options.QueueLength) { SingleReader = true });
        _running = Task.Run(RunAsync);
    }

    /// <summary>The CA, for people.</summary>
    public string Issuer => _issuer;

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
            while (await WaitAsync().ConfigureAwait(false))
            {
                await WriteAsync(TakeBatch()).ConfigureAwait(false);
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

    /// <summary>Waits for work; a connection that is not needed is given back after a while.</summary>
    private async ValueTask<bool> WaitAsync()
    {
        Task<bool> waiting = _queue.Reader.WaitToReadAsync(_stopping.Token).AsTask();
        if (!waiting.IsCompleted)
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            Task idle = Task.Delay(s_idle, _context.TimeProvider, ending.Token);
            if (await Task.WhenAny(waiting, idle).ConfigureAwait(false) == idle)
            {
                await _connection.DisposeAsync().ConfigureAwait(false);
            }

            await ending.CancelAsync().ConfigureAwait(false);
        }

        return await waiting.ConfigureAwait(false);
    }

    private List<PendingWrite> TakeBatch()
    {
        var batch = new List<PendingWrite>();
        int count = 0;
        while (_queue.Reader.TryPeek(out PendingWrite? next) && count + next.Count <= MaxBatch)
        {
            _ = _queue.Reader.TryRead(out _);
            count += next.Count;
            batch.Add(next);
        }

        return batch;
    }

    /// <summary>Tries until it is written, or all callers have gone.</summary>
    private async Task WriteAsync(List<PendingWrite> batch)
    {
        try
        {
            for (_attempt = 0; !_stopping.IsCancellationRequested; batch.RemoveAll(write => write.Completion.IsCompleted))
            {
                if (batch.Count == 0)
                {
                    return;
                }

                await TryWriteAsync(batch).ConfigureAwait(false);
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

    private async Task TryWriteAsync(List<PendingWrite> batch)
    {
        ClusterView view = _context.Cluster.View;
        if (view.Nearest is not { } node)
        {
            await WaitForViewAsync(batch, view, $"no node of the cluster can be written to: {view.Problem ?? "none is healthy"}").ConfigureAwait(false);
            return;
        }

        int least = _context.Cluster.Options.MinDataNodes;
        if (view.DataNodeCount < least)
        {
            string problem = $"{view.DataNodeCount} node(s) with data are in the primary component, and {least} have to be for a write to be accepted (MinDataNodes)";
            await RefuseOrWaitAsync(batch, view, problem).ConfigureAwait(false);
            return;
        }

        // Whoever takes long is always overtaken by those who do not.
        var begun = new List<(PendingWrite Write, int Count)>();
        int count = 0;
        foreach (PendingWrite write in batch.TakeWhile(_ => count < _batchLimit && begun.Count < _callLimit))
        {
            int part = Math.Min(write.Count, _batchLimit - count);
            if (write.TryBegin())
            {
                begun.Add((write, part));
                count += part;
            }
        }

        await TryWriteAsync(begun, count, node.Node).ConfigureAwait(false);
    }

    private async Task TryWriteAsync(List<(PendingWrite Write, int Count)> begun, int count, GaleraNode node)
    {
        RequestedOperation[] operations = [.. begun.SelectMany(part => part.Write.Operations.Take(part.Count))];
        WriteTransaction? transaction = null;
        WriteFault fault;
        using CancellationTokenSource limit = new(_context.Options.TransactionTimeout, _context.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
        try
        {
            long begunAt = _context.TimeProvider.GetTimestamp();
            SqlSession session = await _connection.GetAsync(node, either.Token).ConfigureAwait(false);
            IReadOnlyList<RevocationResult>? results = await RunAsync(session, operations, made => transaction = made, either.Token).ConfigureAwait(false);
            if (results is not null)
            {
                _context.Metrics.Committed(_issuer, count, _context.TimeProvider.GetElapsedTime(begunAt));
                _attempt = 0;
                _batchLimit = Math.Min(MaxBatch, 2 * _batchLimit);
                _callLimit = Math.Min(MaxBatch, 2 * _callLimit);
                Distribute(begun, results);
                return;
            }

            fault = WriteFault.HeadMoved;
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
        await HandleAsync(begun.ConvertAll(part => part.Write), count, node, fault, mayBeMade).ConfigureAwait(false);
    }

    /// <returns>What became of the operations; <see langword="null"/> when somebody else was first.</returns>
    private async Task<IReadOnlyList<RevocationResult>?> RunAsync(SqlSession session, RequestedOperation[] operations, Action<WriteTransaction> begin, CancellationToken cancellationToken)
    {
        bool isCausal = false;
        while (true)
        {
            DecisionBasis? reading = await DecisionBasis.ReadAsync(session, _ca, operations, cancellationToken).ConfigureAwait(false);
            ChangePlan? plan = reading is null ? null : ChangePlan.Create(reading.Head, operations, reading.Known, reading.Certificates);
            if (plan is { Changes.Count: > 0 })
            {
                var transaction = new WriteTransaction(session, reading!.IssuerId, _context.Options);
                begin(transaction);
                return await transaction.RunAsync(reading.Head, plan, _context.TimeProvider.GetUtcNow(), cancellationToken).ConfigureAwait(false) ? plan.Results : null;
            }

            if (plan is { RestsOnReading: false } || (plan is not null && isCausal))
            {
                return plan.Results;
            }

            if (isCausal)
            {
                throw new RevocationStoreException($"'{_issuer}' is not registered in the database any more");
            }

            // Nothing is certified here: another node may know more. This one is asked to catch up first.
            await CausalWait.RunAsync(session.Connection, cancellationToken).ConfigureAwait(false);
            isCausal = true;
        }
    }

    private async Task HandleAsync(List<PendingWrite> begun, int count, GaleraNode node, WriteFault fault, bool mayBeMade)
    {
        if (mayBeMade)
        {
            Log.OutcomeUnknown(_context.Logger, _issuer, count, fault.Message);
            _context.Metrics.OutcomeUnknown(_issuer, count);
        }

        begun.ForEach(write => write.Fail(fault.Message, fault.Exception, mayBeMade));
        _stopping.Token.ThrowIfCancellationRequested();
        if (fault is { Kind: WriteFaultKind.Final, IsOfData: true } && begun.Count > 1)
        {
            // One call has met a row that cannot be: by halves it is found, and the others are written.
            _callLimit = begun.Count / 2;
            return;
        }

        if (fault.Kind == WriteFaultKind.Final)
        {
            Refuse(begun, fault.Message);
            return;
        }

        _context.Metrics.Retried(_issuer, fault.Kind);
        if (fault.Kind == WriteFaultKind.Conflict)
        {
            Log.Conflict(_context.Logger, _issuer, count);
            _batchLimit = Math.Max(SmallBatch, count / 2);
            if (!ReferenceEquals(fault, WriteFault.HeadMoved)) // whoever moved it is through
            {
                await _pause.AfterConflictAsync(_attempt++, _stopping.Token).ConfigureAwait(false);
            }

            return;
        }

        Log.NodeFailed(_context.Logger, _issuer, count, fault.Message);
        _context.Cluster.ReportFailure(node, fault.Exception);
        if (ReferenceEquals(_context.Cluster.View.Nearest?.Node, node))
        {
            await _pause.AfterTroubleAsync(_attempt++, _stopping.Token).ConfigureAwait(false);
        }
    }

    private void Distribute(List<(PendingWrite Write, int Count)> begun, IReadOnlyList<RevocationResult> results)
    {
        int start = 0;
        int unknown = 0;
        int repeated = 0;
        foreach ((PendingWrite write, int count) in begun)
        {
            RevocationResult[] own = [.. results.Skip(start).Take(count)];
            start += count;
            unknown += write.MayBeMade ? count : 0;
            repeated += write.MayBeMade ? own.Count(result => result.IsRepeated) : 0;
            write.Add(own);
        }

        _context.Metrics.Ended(_issuer, results);
        if (unknown > 0)
        {
            Log.OutcomeResolved(_context.Logger, _issuer, unknown, repeated);
        }
    }

    /// <summary>Refuses what was never sent; what may have been made has to be found out, and waits for better times.</summary>
    private async Task RefuseOrWaitAsync(List<PendingWrite> batch, ClusterView view, string problem)
    {
        List<PendingWrite> refused = batch.FindAll(write => !write.MayBeMade);
        refused.ForEach(write => write.Fail(problem, exception: null, mayBeMade: false));
        if (refused.Count > 0)
        {
            Refuse(refused, problem);
        }

        if (refused.Count < batch.Count)
        {
            await WaitForViewAsync(batch, view, problem).ConfigureAwait(false);
        }
    }

    private void Refuse(List<PendingWrite> batch, string problem)
    {
        int count = batch.Sum(write => write.Count);
        Log.Refused(_context.Logger, _issuer, count, problem);
        _context.Metrics.Failed(_issuer, count);
        batch.ForEach(write => write.Refuse());
    }

    /// <summary>Waits until the cluster looks different, or the last caller has gone.</summary>
    private async Task WaitForViewAsync(List<PendingWrite> batch, ClusterView view, string problem)
    {
        if (_attempt++ == 0)
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
