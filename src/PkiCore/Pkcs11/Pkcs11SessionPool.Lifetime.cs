using PkiCore.Signing;

namespace PkiCore.Pkcs11;

/// <content>How sessions are opened and closed.</content>
internal sealed partial class Pkcs11SessionPool
{
    /// <summary>Closes what a lost link has left open. The calling thread is about to make the next link: no handle is another's yet.</summary>
    public void CloseStale()
    {
        Pkcs11Session[] stale;
        lock (_lock)
        {
            stale = [.. _stale];
            _stale.Clear();
        }

        foreach (Pkcs11Session session in stale.Where(session => !session.Link.AreSessionsGone))
        {
            _token.CloseSession(session.Handle);
        }
    }

    /// <summary>
    /// Closes all sessions; who waits gets an exception. Calls that are under way have <see cref="Pkcs11Options.CallLimit"/> to end: some modules
    /// crash when the process ends under them. The session of one that does not end is closed when it comes back.
    /// </summary>
    public void Dispose()
    {
        long start = _time.GetTimestamp();
        List<Pkcs11Session> idle;
        lock (_lock)
        {
            _disposed = true;
            idle = [.. _idle, .. _stale];
            _stale.Clear();
            _idle.Clear();
            idle.ForEach(BeginClosing);
            while (_queue.TryServe(null)) // they see that the pool is disposed
            {
                _opening++;
            }
        }

        _reaper.Dispose();
        CloseInBackground(idle);
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
            session = BeginOpening(_token.GetLink(timeout - _time.GetElapsedTime(start)));
            isFull = !_token.TryOpen(session);
        }
        finally
        {
            EndOpening(session, isFull);
        }

        if (isFull)
        {
            return null;
        }

        _metrics.Created(_time.GetElapsedTime(began));
        return session;
    }

    /// <summary>From here on the thread is in the module: it can be written off.</summary>
    private Pkcs11Session BeginOpening(TokenLink link)
    {
        lock (_lock)
        {
            _opening--;
            return Begin(new Pkcs11Session(link));
        }
    }

    private void EndOpening(Pkcs11Session? session, bool isFull)
    {
        int? news = null;
        int places;
        lock (_lock)
        {
            if (session is { Handle: not 0 })
            {
                Adopt(session);
            }
            else if (session is not null)
            {
                End(session);
            }
            else
            {
                _opening--;
            }

            places = CountPlaces();
            if (isFull)
            {
                _limit.Learn(places);
            }

            ServeRoom();
            if (_opening == 0 && _rented.TrueForAll(other => other.Handle != 0)) // while others are at it, it is not known how many there will be
            {
                news = _limit.TakeNews();
            }
        }

        CloseIfDrained();
        if (news is { } open)
        {
            _token.SessionsAreFewer(open);
        }

        if (isFull && places == 0)
        {
            throw Overload("the token has no session left for this program; close those of other programs, or raise its limit");
        }
    }

    private void Adopt(Pkcs11Session session)
    {
        if (_link != session.Link && _token.IsCurrent(session.Link))
        {
            Follow(session.Link);
        }

        if (_link == session.Link)
        {
            _handles.Add(session.Handle);
        }

        session.RentedAt = session.IsWrittenOff ? session.RentedAt : _time.GetTimestamp();
    }

    /// <summary>Goes over to a new link, or to none.</summary>
    private void Follow(TokenLink? link)
    {
        _link = link;
        _stale.AddRange(_idle);
        _idle.Clear();
        _handles.Clear();
    }

    private void BeginClosing(Pkcs11Session session)
    {
        session.IsClosing = true;
        Begin(session);
    }

    /// <summary>Closes sessions that are among the rented already; not on the calling thread, as that may never come back from the module.</summary>
    private void CloseInBackground(List<Pkcs11Session> sessions)
    {
        if (!BackgroundThread.TryStart("PkiCore PKCS #11 sessions", Work))
        {
            Work();
        }

        void Work()
        {
            sessions.ForEach(Close);
            CloseIfDrained();
        }
    }

    /// <summary>Closes a session, which keeps its place until the token has closed it too.</summary>
    private void Close(Pkcs11Session session)
    {
        bool isOurs;
        lock (_lock)
        {
            session.IsClosing = true;
            session.RentedAt = session.IsWrittenOff ? session.RentedAt : _time.GetTimestamp();
            isOurs = session.Link == _link ? _handles.Remove(session.Handle) : !session.Link.AreSessionsGone && !_handles.Contains(session.Handle);
        }

        if (isOurs)
        {
            _token.CloseSession(session.Handle);
        }

        lock (_lock)
        {
            End(session);
            ServeRoom();
        }

        CloseIfDrained();
    }

    private void End(Pkcs11Session session)
    {
        _rented.Remove(session);
        if (session.IsWrittenOff)
        {
            _token.StuckCallReturned();
        }
    }

    private void Reap()
    {
        var old = new List<Pkcs11Session>();
        lock (_lock)
        {
            // Closing the last session of a token logs out (PKCS #11 5.6). One that is stuck, or not open yet, does not keep the login.
            int open = _idle.Count + _rented.Count(session => session is { Handle: not 0, IsWrittenOff: false, IsClosing: false });
            while (_idle.Count > 0 && open-- > 1 && _time.GetElapsedTime(_idle[0].IdleSince) >= _options.IdleTimeout)
            {
                old.Add(_idle[0]);
                _idle.RemoveAt(0);
            }

            if (_link is not null) // else the next thread that connects closes them
            {
                old.AddRange(_stale);
                _stale.Clear();
            }

            old.ForEach(BeginClosing);
        }

        if (old.Count > 0)
        {
            CloseInBackground(old);
        }
    }
}
