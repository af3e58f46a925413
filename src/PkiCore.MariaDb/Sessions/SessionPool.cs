using System.Globalization;

namespace PkiCore.MariaDb.Sessions;

/// <summary>The connections of a data source: so many at most, those not in use kept for the next, and callers served in their order.</summary>
internal sealed class SessionPool : IAsyncDisposable
{
    // A connection used so recently needs no question whether it is still there.
    private static readonly TimeSpan s_fresh = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_least = TimeSpan.FromMilliseconds(1);

    // Threads that may hang in native calls before no new one is begun: a server that hangs must not fill the process with them.
    private const int MostEnding = 64;

    private readonly Lock _gate = new();
    private readonly ConnectionSettings _settings;
    private readonly TimeProvider _time;
    private readonly LinkedList<PoolWaiter> _waiters = new();
    private readonly List<Session> _idle = [];
    private readonly HashSet<Session> _open = [];
    private readonly Dictionary<Session, Task> _ending = [];
    private readonly ITimer _pruning;
    private int _places;
    private long _generation;
    private bool _disposed;

    internal SessionPool(ConnectionSettings settings, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        _places = settings.MaximumPoolSize;
        _pruning = time.CreateTimer(_ => Prune(), null, settings.IdleTimeout, settings.IdleTimeout);
    }

    internal ConnectionSettings Settings => _settings;

    internal TimeProvider Time => _time;

    /// <summary>Connections that were given up and whose threads have not come back yet.</summary>
    internal int EndingCount
    {
        get
        {
            lock (_gate)
            {
                return _ending.Count;
            }
        }
    }

    internal int IdleCount
    {
        get
        {
            lock (_gate)
            {
                return _idle.Count;
            }
        }
    }

    /// <summary>Hands out a connection that works.</summary>
    internal async ValueTask<Session> AcquireAsync(bool async, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        while (true)
        {
            Session? session = await TakePlaceAsync(Rest(start), async, cancellationToken).ConfigureAwait(false);
            if (session is null)
            {
                return await ConnectAsync(Rest(start), async, cancellationToken).ConfigureAwait(false);
            }

            if (_time.GetElapsedTime(session.IdleSince) < s_fresh || await IsAliveAsync(session, Rest(start), async, cancellationToken).ConfigureAwait(false))
            {
                return session;
            }
        }
    }

    /// <summary>Takes a connection back. It is made as new on its own thread before anybody else gets it.</summary>
    internal void Release(Session session)
    {
        if (session.IsBroken)
        {
            Discard(session);
            return;
        }

        _ = ResetAsync(session);
    }

    public async ValueTask DisposeAsync()
    {
        Session[] open;
        PoolWaiter[] waiters;
        lock (_gate)
        {
            _disposed = true;
            open = [.. _open];
            waiters = [.. _waiters];
            _waiters.Clear();
        }

        await _pruning.DisposeAsync().ConfigureAwait(false);
        Array.ForEach(waiters, waiter => waiter.Fail(new ObjectDisposedException(nameof(MariaDbDataSource))));
        foreach (Session session in open)
        {
            bool idle;
            lock (_gate)
            {
                idle = _idle.Remove(session);
            }

            if (!idle)
            {
                session.Interrupt();
            }

            Discard(session);
        }

        Task[] ending;
        lock (_gate)
        {
            ending = [.. _ending.Values];
        }

        await Task.WhenAll(ending).WaitAsync(_settings.ConnectTimeout, _time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private TimeSpan Rest(long start)
    {
        // Not zero: whoever holds a place or a connection by then finds in the usual way that it is too late.
        TimeSpan rest = _settings.ConnectTimeout - _time.GetElapsedTime(start);
        return rest > s_least ? rest : s_least;
    }

    /// <returns>A connection, or null for the right to open one.</returns>
    private async ValueTask<Session?> TakePlaceAsync(TimeSpan timeout, bool async, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        PoolWaiter waiter;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(MariaDbDataSource));
            if (_idle.Count > 0)
            {
                Session session = _idle[^1];
                _idle.RemoveAt(_idle.Count - 1);
                return session;
            }

            if (_places > 0)
            {
                _places--;
                return null;
            }

            waiter = new PoolWaiter();
            _waiters.AddLast(waiter);
        }

        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            (_, token) => Leave(waiter, new OperationCanceledException(token)), null);
        using ITimer timer = _time.CreateTimer(_ => Leave(waiter, Exhausted()), null, timeout, Timeout.InfiniteTimeSpan);
        return await waiter.Task.Wait(async).ConfigureAwait(false);
    }

    private void Leave(PoolWaiter waiter, Exception fault)
    {
        lock (_gate)
        {
            _waiters.Remove(waiter);
        }

        waiter.Fail(fault);
    }

    private MariaDbException Exhausted() => new(ErrorNumbers.HostConnectionFailed, "HY000", string.Create(
        CultureInfo.InvariantCulture,
        $"{_settings.Target}: all {_settings.MaximumPoolSize} connections of the pool are in use; none came back within {_settings.ConnectTimeout.TotalSeconds:0.###} s."));

    private async ValueTask<Session> ConnectAsync(TimeSpan timeout, bool async, CancellationToken cancellationToken)
    {
        Session session;
        lock (_gate)
        {
            if (_disposed || _ending.Count >= MostEnding)
            {
                FreePlace();
                ObjectDisposedException.ThrowIf(_disposed, typeof(MariaDbDataSource));
                throw new MariaDbException(
                    ErrorNumbers.HostConnectionFailed, "HY000", $"{_settings.Target}: {MostEnding} connections that were given up have not ended yet.");
            }

            try
            {
                session = new Session(_settings, _time) { Generation = _generation };
            }
            catch
            {
                // No thread to be had; the place is not used.
                FreePlace();
                throw;
            }

            _open.Add(session);
        }

        try
        {
            session.ServerVersion = await session.RunAsync(native => native.Connect(), timeout, async, cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            Discard(session);
            throw;
        }
    }

    private async ValueTask<bool> IsAliveAsync(Session session, TimeSpan timeout, bool async, CancellationToken cancellationToken)
    {
        try
        {
            return await session.RunAsync(
                native =>
                {
                    native.Ping();
                    return true;
                },
                timeout, async, cancellationToken).ConfigureAwait(false);
        }
        catch (MariaDbException)
        {
            Discard(session);
            return false;
        }
        catch
        {
            Discard(session);
            throw;
        }
    }

    private async Task ResetAsync(Session session)
    {
        bool isAsNew;
        try
        {
            isAsNew = await session.RunAsync(native => native.TryReset(), _settings.ConnectTimeout, async: true, CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Do not catch general exception types: whatever it was, the connection is not used again
        catch (Exception)
#pragma warning restore CA1031
        {
            Discard(session);
            return;
        }

        if (!isAsNew)
        {
            Discard(session);
            return;
        }

        Return(session);
    }

    private void Return(Session session)
    {
        bool keep;
        lock (_gate)
        {
            session.IdleSince = _time.GetTimestamp();
            keep = !_disposed && !session.IsBroken && session.Generation == _generation;
            if (keep && !TryHandOver(session))
            {
                _idle.Add(session);
            }
        }

        if (!keep)
        {
            Discard(session);
        }
    }

    /// <summary>Under the lock: gives a connection, or the right to open one, to the first who waits.</summary>
    private bool TryHandOver(Session? session)
    {
        while (_waiters.First is { } first)
        {
            _waiters.RemoveFirst();
            if (first.Value.TryServe(session))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Under the lock: whoever waits gets the place before anybody who comes later.</summary>
    private void FreePlace()
    {
        if (!TryHandOver(null))
        {
            _places++;
        }
    }

    /// <summary>Ends a connection; its place is free at once, for its thread may take its time.</summary>
    private void Discard(Session session)
    {
        Session[] others = [];
        lock (_gate)
        {
            if (!_open.Remove(session))
            {
                return;
            }

            _ending.Add(session, session.Ended.ContinueWith(_ => Forget(session), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default));
            if (session.IsLost && session.Generation == _generation)
            {
                // The server went, so the others are gone too, whether they know it or not.
                _generation++;
                others = [.. _idle];
                _idle.Clear();
            }

            FreePlace();
        }

        session.Stop();
        Array.ForEach(others, Discard);
    }

    private void Forget(Session session)
    {
        lock (_gate)
        {
            _ending.Remove(session);
        }
    }

    private void Prune()
    {
        Session[] old;
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            old = [.. _idle.Where(session => _time.GetElapsedTime(session.IdleSince, now) >= _settings.IdleTimeout)];
            _idle.RemoveAll(old.Contains);
        }

        Array.ForEach(old, Discard);
    }
}
