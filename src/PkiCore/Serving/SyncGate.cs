namespace PkiCore.Serving;

/// <summary>
/// Whether answers from a snapshot may be served although the source has not been read since. Opened once; read by every request.
/// </summary>
internal sealed class SyncGate(ServeBeforeSync policy, TimeSpan patience, TimeProvider timeProvider)
{
    private volatile bool _isOpen = true;
    private volatile bool _isLoading;
    private long _closedAt;

    public bool IsOpen => _isOpen;

    /// <summary>A snapshot is about to be read.</summary>
    public void Close()
    {
        _isLoading = true;
        _isOpen = false;
    }

    /// <summary>The snapshot was read, or there is none.</summary>
    /// <param name="isRestored">Whether there is anything that could be served too early.</param>
    public void EndLoading(bool isRestored)
    {
        Volatile.Write(ref _closedAt, timeProvider.GetTimestamp());
        _isOpen = !isRestored || policy == ServeBeforeSync.Now;
        _isLoading = false;
    }

    /// <summary>Opens the gate when it is time.</summary>
    /// <param name="isSynced">Whether the source has been read.</param>
    /// <returns>Whether that has just happened without the source.</returns>
    public bool Update(bool isSynced)
    {
        if (_isOpen || _isLoading || (!isSynced && (policy == ServeBeforeSync.Never || timeProvider.GetElapsedTime(Volatile.Read(ref _closedAt)) < patience)))
        {
            return false;
        }

        _isOpen = true;
        return !isSynced;
    }
}
