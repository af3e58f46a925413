using PkiCore.Signing;

namespace PkiCore.Pkcs11;

/// <summary>
/// The sessions of one token, and the only queue before it: bounded, live callers before batch callers, each in the order they came. Sessions are
/// opened when they are wanted and closed when they are idle, but for the last one. A session whose call does not come back is given up and
/// another takes its place. Safe for use from several threads.
/// </summary>
internal sealed partial class Pkcs11SessionPool : IDisposable
{
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromMilliseconds(50);

    private readonly TokenConnection _token;
    private readonly Pkcs11Options _options;
    private readonly TimeProvider _time;
    private readonly Pkcs11Metrics _metrics;
    private readonly ITimer _reaper;
    private readonly Lock _lock = new();
    private readonly object _drained = new();
    private readonly List<Pkcs11Session> _idle = []; // the last is rented first, so that the first get old
    private readonly List<Pkcs11Session> _rented = []; // in use, on their way to a waiter, being opened or closed: each has a thread
    private readonly List<Pkcs11Session> _stale = []; // of a lost link, to be closed before the next is made
    private readonly HashSet<ulong> _handles = []; // of the current link: a handle that is used again must not be closed for its earlier owner
    private readonly SessionQueue _queue;
    private readonly SessionLimit _limit;
    private TokenLink? _link;
    private long _lookedAt;
    private long _oldestCall = long.MaxValue;
    private int _opening; // threads that have leave to open a session and have not begun
    private volatile bool _disposed;
    private bool _isClosed;
    private bool _isDrained;

    public Pkcs11SessionPool(TokenConnection token, Pkcs11Options options, Pkcs11Metrics metrics)
    {
        _token = token;
        _options = options;
        _time = options.TimeProvider;
        _metrics = metrics;
        _limit = new SessionLimit(_time);
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
            Pkcs11Session? session = TryTake(priority, out SessionWaiter? waiter);
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
        lock (_lock)
        {
            if (reusable && !session.IsWrittenOff && !_disposed && session.Link == _link)
            {
                session.IdleSince = session.RentedAt = now;
                if (!_queue.TryServe(session)) // else it stays among the rented, so that it is not lost sight of before the waiter wakes
                {
                    _rented.Remove(session);
                    _idle.Add(session);
                }

                return;
            }
        }

        Close(session);
    }

    /// <summary>The token was lost: what was opened under a link is of no use any more. Sessions in use are thrown away on their return.</summary>
    public void Discard(TokenLink link)
    {
        lock (_lock)
        {
            if (_link == link)
            {
                Follow(null);
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

    /// <summary>How long the oldest call that is not given up has been in the module; looked at now and then only, as it is asked for each signature.</summary>
    public TimeSpan LongestCall
    {
        get
        {
            long now = _time.GetTimestamp();
            if (_time.GetElapsedTime(Volatile.Read(ref _lookedAt), now) >= s_lookInterval)
            {
                lock (_lock)
                {
                    long oldest = long.MaxValue;
                    foreach (Pkcs11Session session in _rented)
                    {
                        oldest = session.IsWrittenOff ? oldest : Math.Min(oldest, session.RentedAt);
                    }

                    Volatile.Write(ref _oldestCall, oldest);
                    Volatile.Write(ref _lookedAt, now);
                }
            }

            long began = Volatile.Read(ref _oldestCall);
            return began < now ? _time.GetElapsedTime(began, now) : TimeSpan.Zero;
        }
    }

    public PoolState GetState()
    {
        lock (_lock)
        {
            return new PoolState(_idle.Count + _rented.Count(session => session.Handle != 0), _rented.Count, _queue.Count, CountWrittenOff());
        }
    }

    /// <summary>Whether a session may be opened. Those that are stuck do not count for our limit; for the token's they do.</summary>
    private bool HasRoom => CountPlaces() - CountWrittenOff() < _options.MaxSessions && _limit.Allows(CountPlaces());

    private int CountPlaces() => _idle.Count + _rented.Count + _opening;

    private int CountWrittenOff()
    {
        int writtenOff = 0;
        foreach (Pkcs11Session session in _rented)
        {
            writtenOff += session.IsWrittenOff ? 1 : 0;
        }

        return writtenOff;
    }

    private Pkcs11Session Begin(Pkcs11Session session)
    {
        session.RentedAt = _time.GetTimestamp();
        _rented.Add(session);
        return session;
    }

    /// <returns>An idle session; <see langword="null"/> when the caller has to wait, or without a waiter, may open one.</returns>
    private Pkcs11Session? TryTake(SigningPriority priority, out SessionWaiter? waiter)
    {
        waiter = null;
        lock (_lock)
        {
            ThrowIfUnusable();
            if (_idle.Count > 0)
            {
                Pkcs11Session session = _idle[^1];
                _idle.RemoveAt(_idle.Count - 1);
                return Begin(session);
            }

            WriteOffOverdue();
            ServeRoom(); // those who came before
            if (HasRoom)
            {
                _opening++;
                return null;
            }

            waiter = _queue.Enqueue(priority)
                ?? throw Overload($"{_options.MaxWaiters} callers wait for a session already ({nameof(Pkcs11Options.MaxWaiters)})");
            return null;
        }
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
                    if (waiter.Session is { IsWrittenOff: false } session)
                    {
                        session.RentedAt = _time.GetTimestamp();
                    }

                    return waiter.Session;
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
