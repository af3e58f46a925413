namespace PkiCore.Galera.Cluster;

/// <summary>Ends a pause early. A signal that nobody waits for ends the next one.</summary>
internal sealed class WakeSignal(TimeProvider timeProvider)
{
    private volatile TaskCompletionSource _signal = NewSignal();

    public void Set() => _signal.TrySetResult();

    /// <summary>Returns after the pause, or at once when there was a signal; the signal is used up then.</summary>
    public async Task WaitAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        Task signal = _signal.Task;
        await signal.WaitAsync(pause, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (signal.IsCompleted)
        {
            _signal = NewSignal();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
