namespace PkiCore.Galera.Writing;

/// <summary>Operations of one call, and their caller, who waits no longer than it wants to.</summary>
internal sealed class PendingWrite(IReadOnlyList<RequestedOperation> operations)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<IReadOnlyList<RevocationResult>> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<RevocationResult> _results = [];
    private bool _isRunning;
    private bool _mayBeMade;
    private string _lastFault = "it waited for others";
    private Exception? _lastException;

    /// <summary>How many there are left.</summary>
    public int Count => operations.Count - _results.Count;

    /// <summary>Those that are left.</summary>
    public IEnumerable<RequestedOperation> Operations => operations.Skip(_results.Count);

    /// <summary>What became of it.</summary>
    public Task<IReadOnlyList<RevocationResult>> Completion => _completion.Task;

    /// <summary>Whether an earlier transaction may have made the changes.</summary>
    public bool MayBeMade
    {
        get
        {
            lock (_lock)
            {
                return _mayBeMade;
            }
        }
    }

    /// <summary>A transaction with it begins.</summary>
    /// <returns><see langword="false"/> when its caller has gone: it must not be written any more.</returns>
    public bool TryBegin()
    {
        lock (_lock)
        {
            return _isRunning = !Completion.IsCompleted;
        }
    }

    /// <summary>A transaction was committed, or changed nothing.</summary>
    /// <param name="results">What became of the next of its operations.</param>
    public void Add(IEnumerable<RevocationResult> results)
    {
        lock (_lock)
        {
            _isRunning = false;
            _results.AddRange(results);
            if (_results.Count == operations.Count)
            {
                _completion.TrySetResult(_results);
            }
        }
    }

    /// <summary>The transaction failed; another one may follow.</summary>
    /// <param name="message">Why.</param>
    /// <param name="exception">What was thrown.</param>
    /// <param name="mayBeMade">Whether it may have been committed all the same.</param>
    public void Fail(string message, Exception? exception, bool mayBeMade)
    {
        lock (_lock)
        {
            _isRunning = false;
            _mayBeMade |= mayBeMade;
            (_lastFault, _lastException) = (message, exception);
        }
    }

    /// <summary>No transaction will follow.</summary>
    public void Refuse() => _ = End(prefix: "");

    /// <summary>The caller's time is over.</summary>
    /// <returns>Whether it still waited.</returns>
    public bool GiveUp() => End(prefix: "the time is over: ");

    /// <summary>The caller does not want it any more. It is not written any more either, unless a transaction has begun.</summary>
    public void Cancel(CancellationToken cancellationToken) => _completion.TrySetCanceled(cancellationToken);

    private bool End(string prefix)
    {
        lock (_lock)
        {
            bool isUnknown = _isRunning || _mayBeMade || _results.Count > 0;
            string outcome = isUnknown ? "it is not known whether all changes were made (send them again with the same operation ids)" : "no change was made";
            return _completion.TrySetException(new RevocationStoreException($"{outcome}: {prefix}{_lastFault}.", _lastException) { IsOutcomeUnknown = isUnknown });
        }
    }
}
