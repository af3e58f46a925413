namespace PkiCore.MariaDb.Sessions;

/// <summary>A caller who waits for a connection, or for the right to open one.</summary>
internal sealed class PoolWaiter
{
    private readonly TaskCompletionSource<Session?> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task<Session?> Task => _completion.Task;

    /// <returns>False when the caller has left.</returns>
    internal bool TryServe(Session? session) => _completion.TrySetResult(session);

    internal void Fail(Exception fault) => _completion.TrySetException(fault);
}
