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

    /// <summary>Whether it opens before long, with or without the source.</summary>
    public bool IsAboutToOpen => !_isOpen && policy != ServeBeforeSync.Never;

    /// <summary>A snapshot is about to be read: what it holds is in the table before anybody can look at it.</summary>
    public void BeginLoading()
    {
        _isLoading = true;
        _isOpen = false;
    }

    /// <summary>The snapshot has been read; from now on the source has its time.</summary>
    /// <param name="isLoaded">Whether there is anything in the table now.</param>
    public void EndLoading(bool isLoaded)
    {
        Volatile.Write(ref _closedAt, timeProvider.GetTimestamp());
        _isOpen = !isLoaded || policy == ServeBeforeSync.Now;
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
