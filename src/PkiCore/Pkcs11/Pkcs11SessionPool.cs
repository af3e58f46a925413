using PkiCore.Signing;

namespace PkiCore.Pkcs11;

/// <summary>
/// The sessions of one token, and the only queue before it: bounded, live callers before batch callers, each in the order they came. Sessions are
/// opened when they are wanted and closed when they are idle, but for the last one. A session whose call does not come back is given up and
/// another takes its place. Safe for use from several threads.
/// </summary>
internal sealed class Pkcs11SessionPool : IDisposable
{
    /// <summary>How long the token's own limit of sessions is believed: other applications may close theirs.</summary>
    private static readonly TimeSpan s_limitMemory = TimeSpan.FromSeconds(30);

    private readonly TokenConnection _token;
    private readonly Pkcs11Options _options;
    private readonly TimeProvider _time;
    private readonly Pkcs11Metrics _metrics;
    private readonly ITimer _reaper;
    private readonly Lock _lock = new();
    private readonly object _drained = new();
    private readonly List<Pkcs11Session> _idle = []; // the last is rented first, so that the first get old
    private readonly List<Pkcs11Session> _rented = [];
    private readonly HashSet<ulong> _handles = []; // of the current link: a handle that is used again must not be closed for its earlier owner
    private readonly SessionQueue _queue;
    private TokenLink? _link;
    private int _opening;
    private int _limit;
    private long _limitLearnedAt;
    private volatile bool _disposed;
    private bool _isClosed;
    private bool _isDrained;

    public Pkcs11SessionPool(TokenConnection token, Pkcs11Options options, Pkcs11Metrics metrics)
    {
        _token = token;
        _options = options;
        _time = options.TimeProvider;
        _metrics = metrics;
        _limit = options.MaxSessions;
        _queue = new SessionQueue(options.MaxWaiters);
        _reaper = _time.CreateTimer(_ => Reap(), state: null, options.IdleTimeout / 2, options.IdleTimeout / 2);
    }

    /// <summary>Rents a session. Every one has to be given to <see cref="Return"/>.</summary>
    /// <exception cref="SigningException">None became free in time, or none can be opened.</exception>
    public Pkcs11Session Rent(SigningPriority priority, TimeSpan timeout)
    {
        long start = _time.GetTimestamp();
        while (true)
        {
            SessionWaiter? waiter = null;
            Pkcs11Session? session = null;
            lock (_lock)
            {
                ThrowIfUnusable();
                if (_idle.Count > 0)
                {
                    session = Begin(_idle[^1]);
                    _idle.RemoveAt(_idle.Count - 1);
                }
                else
                {
                    WriteOffOverdue();
                    waiter = HasRoom ? null
                        : _queue.Enqueue(priority) ?? throw Overload($"{_options.MaxWaiters} callers wait for a session already ({nameof(Pkcs11Options.MaxWaiters)})");
                    _opening += waiter is null ? 1 : 0;
                }
            }

            if (waiter is not null)
            {
                session = Wait(waiter, start, timeout);
            }

            session ??= Open(start, timeout);
            if (session is not null)
            {
                _metrics.Waited(_time.GetElapsedTime(start, session.RentedAt));
                return session;
            }
        }
    }

    /// <summary>Takes a session back.</summary>
    /// <param name="session">The session.</param>
    /// <param name="reusable">Whether it can be used again: nothing failed in it.</param>
    public void Return(Pkcs11Session session, bool reusable)
    {
        long now = _time.GetTimestamp();
        _metrics.Used(_time.GetElapsedTime(session.RentedAt, now));
        bool close = false;
        lock (_lock)
        {
            session.IdleSince = now;
            _rented.Remove(session);
            if (session.IsWrittenOff)
            {
                _token.StuckCallReturned();
            }

            if (reusable && !session.IsWrittenOff && !_disposed && session.Link == _link)
            {
                if (!_queue.TryServe(session))
                {
                    _idle.Add(session);
                }
            }
            else
            {
                close = session.Link == _link ? _handles.Remove(session.Handle) : !_handles.Contains(session.Handle);
                ServeRoom();
            }
        }

        if (close)
        {
            _token.CloseSession(session.Handle);
        }

        CloseIfDrained();
    }

    /// <summary>The token was lost: what was opened under a link is of no use any more. Sessions in use are thrown away on their return.</summary>
    public void Discard(TokenLink link)
    {
        lock (_lock)
        {
            if (_link == link)
            {
                _link = null;
                _idle.Clear();
                _handles.Clear();
                ServeRoom();
            }
        }
    }

    /// <summary>How long the oldest call has been in the module, if that is longer than allowed.</summary>
    public TimeSpan? FindOverdue()
    {
        lock (_lock)
        {
            WriteOffOverdue();
            long oldest = 0;
            foreach (Pkcs11Session session in _rented)
            {
                oldest = session.IsWrittenOff && (oldest == 0 || session.RentedAt < oldest) ? session.RentedAt : oldest;
            }

            return oldest == 0 ? null : _time.GetElapsedTime(oldest);
        }
    }

    public PoolState GetState()
    {
        lock (_lock)
        {
            return new PoolState(_idle.Count + _rented.Count, _rented.Count, _queue.Count, _rented.Count(session => session.IsWrittenOff));
        }
    }

    /// <summary>
    /// Closes all sessions; who waits gets an exception. Calls that are under way have <see cref="Pkcs11Options.CallLimit"/> to end: some modules
    /// crash when the process ends under them. The session of one that does not end is closed when it comes back.
    /// </summary>
    public void Dispose()
    {
        long start = _time.GetTimestamp();
        Pkcs11Session[] idle;
        lock (_lock)
        {
            _disposed = true;
            idle = [.. _idle];
            _idle.Clear();
            while (_queue.TryServe(null)) // they see that the pool is disposed
            {
                _opening++;
            }
        }

        _reaper.Dispose();
        foreach (Pkcs11Session session in idle)
        {
            _token.CloseSession(session.Handle);
        }

        CloseIfDrained();
        lock (_drained)
        {
            while (!_isDrained && _options.CallLimit - _time.GetElapsedTime(start) is { Ticks: > 0 } left && Monitor.Wait(_drained, left))
            {
                // woken by the last one
            }
        }
    }

    /// <summary>After the last call of a disposed pool has come back, the token is not needed any more.</summary>
    private void CloseIfDrained()
    {
        lock (_lock)
        {
            if (!_disposed || _isClosed || _rented.Count + _opening > 0)
            {
                return;
            }

            _isClosed = true;
        }

        _token.Close();
        lock (_drained)
        {
            _isDrained = true;
            Monitor.PulseAll(_drained);
        }
    }

    private bool HasRoom
    {
        get
        {
            if (_limit < _options.MaxSessions && _time.GetElapsedTime(_limitLearnedAt) >= s_limitMemory)
            {
                _limit = _options.MaxSessions;
            }

            int writtenOff = 0;
            foreach (Pkcs11Session session in _rented)
            {
                writtenOff += session.IsWrittenOff ? 1 : 0;
            }

            return _idle.Count + _rented.Count + _opening - writtenOff < _limit;
        }
    }

    private Pkcs11Session Begin(Pkcs11Session session)
    {
        session.RentedAt = _time.GetTimestamp();
        _rented.Add(session);
        return session;
    }

    private Pkcs11Session? Wait(SessionWaiter waiter, long start, TimeSpan timeout)
    {
        while (true)
        {
            // Not in one go: a call may become overdue meanwhile, and then there is room for another session.
            TimeSpan left = timeout - _time.GetElapsedTime(start);
            TimeSpan slice = left < _options.CallLimit / 2 ? left : _options.CallLimit / 2;
            bool served = waiter.Wait(slice > TimeSpan.Zero ? slice : TimeSpan.Zero);
            lock (_lock)
            {
                if (served || waiter.Wait(TimeSpan.Zero))
                {
                    return waiter.Session is { } session ? Begin(session) : null;
                }

                WriteOffOverdue();
                ServeRoom();
                if (!waiter.Wait(TimeSpan.Zero) && _time.GetElapsedTime(start) >= timeout)
                {
                    SessionQueue.Remove(waiter);
                    throw Overload(FormattableString.Invariant(
                        $"none of its {_idle.Count + _rented.Count} sessions became free within {timeout.TotalMilliseconds:0} ms; raise {nameof(Pkcs11Options.MaxSessions)} ({_options.MaxSessions}) if the HSM allows more"));
                }
            }
        }
    }

    /// <summary>Opens a session; the place for it has been counted.</summary>
    /// <returns><see langword="null"/> when the token has no more, and one has to be waited for.</returns>
    private Pkcs11Session? Open(long start, TimeSpan timeout)
    {
        long began = _time.GetTimestamp();
        Pkcs11Session? session = null;
        bool isFull = false;
        try
        {
            ThrowIfUnusable(); // a caller that waited may have been sent here by Dispose
            session = _token.OpenSession(timeout - _time.GetElapsedTime(start), out isFull);
        }
        finally
        {
            lock (_lock)
            {
                _opening--;
                if (session is not null)
                {
                    Adopt(session);
                }
                else
                {
                    _limit = isFull ? Math.Max(_idle.Count + _rented.Count, 1) : _limit;
                    _limitLearnedAt = _time.GetTimestamp();
                    ServeRoom();
                }
            }

            CloseIfDrained();
        }

        if (isFull)
        {
            WarnOfLimit();
            return null;
        }

        _metrics.Created(_time.GetElapsedTime(began));
        return session;
    }

    private void WarnOfLimit()
    {
        int open = GetState().Open;
        _token.SessionsAreFewer(open);
        if (open == 0)
        {
            throw Overload("the token has no session left for this program; close those of other programs, or raise its limit");
        }
    }

    private void Adopt(Pkcs11Session session)
    {
        if (_link != session.Link && _token.IsCurrent(session.Link))
        {
            _link = session.Link;
            _idle.Clear();
            _handles.Clear();
        }

        if (_link == session.Link)
        {
            _handles.Add(session.Handle);
        }

        Begin(session);
    }

    /// <summary>Lets those who wait open sessions, as far as there is room.</summary>
    private void ServeRoom()
    {
        while (HasRoom && _queue.TryServe(null))
        {
            _opening++;
        }
    }

    private void WriteOffOverdue()
    {
        foreach (Pkcs11Session session in _rented)
        {
            if (!session.IsWrittenOff && _time.GetElapsedTime(session.RentedAt) >= _options.CallLimit)
            {
                session.IsWrittenOff = true;
                _token.CallIsStuck();
            }
        }
    }

    private void Reap()
    {
        var old = new List<Pkcs11Session>();
        lock (_lock)
        {
            // Closing the last session of a token logs out (PKCS #11 5.6).
            while (_idle.Count > 0 && _idle.Count + _rented.Count > 1 && _time.GetElapsedTime(_idle[0].IdleSince) >= _options.IdleTimeout)
            {
                old.Add(_idle[0]);
                _handles.Remove(_idle[0].Handle);
                _idle.RemoveAt(0);
            }
        }

        if (old.Count > 0)
        {
            BackgroundThread.TryStart("PkiCore PKCS #11 sessions", () => old.ForEach(session => _token.CloseSession(session.Handle)));
        }
    }

    private void ThrowIfUnusable()
    {
        if (_disposed)
        {
            throw new SigningException($"{_token.Name}: the signer was disposed.");
        }

        _token.ThrowIfStuck();
    }

    private SigningException Overload(string problem) => new($"{_token.Name}: {problem}.") { IsTransient = true, IsOverload = true };
}

/// <summary>How many sessions there are, are in use, are waited for, and are stuck.</summary>
internal readonly record struct PoolState(int Open, int InUse, int Waiting, int Stuck);
