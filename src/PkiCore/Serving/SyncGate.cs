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

    /// <summary>A snapshot is about to be read: until it is, nobody's patience counts.</summary>
    public void BeginLoading()
    {
        _isLoading = true;
        _isOpen = policy == ServeBeforeSync.Now;
    }

    /// <summary>There is nothing that would have to be kept back.</summary>
    public void Open()
    {
        _isOpen = true;
        _isLoading = false;
    }

    /// <summary>A snapshot was read.</summary>
    public void Close()
    {
        Volatile.Write(ref _closedAt, timeProvider.GetTimestamp());
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
