using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Pkcs11.Interop;
using PkiCore.Signing;

namespace PkiCore.Pkcs11;

/// <summary>
/// The way to one token, shared by all who use it: where it is, the login, and its sessions. When the token is lost, it is looked for again by
/// whoever needs it next, one at a time. Safe for use from several threads.
/// </summary>
internal sealed unsafe class TokenConnection
{
    /// <summary>How soon the next try may follow a failed one; until then the same fault is reported.</summary>
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>How long finding the token and logging in may take before another thread tries; a login at an HSM may take seconds.</summary>
    private static readonly TimeSpan s_connectLimit = TimeSpan.FromSeconds(10);

    private readonly Pkcs11Uri _uri;
    private readonly Pkcs11Options _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TokenLogin _login;
    private readonly Lock _lock = new();
    private volatile TokenLink? _link;
    private ConnectAttempt? _attempt;
    private volatile string? _problem;
    private readonly HashSet<string> _loggedProblems = []; // since it was connected last
    private int _stuckCalls;
    private int _users = 1;

    public TokenConnection(Pkcs11Module module, Pkcs11Uri uri, Pkcs11Options options)
    {
        Module = module;
        _uri = uri;
        _options = options;
        _time = options.TimeProvider;
        _logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger<Pkcs11Token>();
        _login = new TokenLogin(module, uri, options.PinPrompt);
        Metrics = new Pkcs11Metrics(this);
        Pool = new Pkcs11SessionPool(this, options, Metrics);
    }

    public Pkcs11Module Module { get; }

    public Pkcs11SessionPool Pool { get; }

    public Pkcs11Metrics Metrics { get; }

    /// <summary>The token, for messages: by what it says of itself, or by what was asked for.</summary>
    public string Name => _link is { } link ? $"token {link.Info}" : $"token '{_uri.Token ?? _uri.Serial ?? _uri.ToString()}'";

    public TimeProvider Time => _time;

    /// <summary>The token's label.</summary>
    public string Label => _uri.Token ?? _link?.Info.Label ?? "";

    /// <summary>What the token is called in metrics: the same as long as the connection lives.</summary>
    public string MetricName => _uri.Token ?? _uri.Serial ?? FormattableString.Invariant($"{_uri.Model}{_uri.SlotId}");

    /// <summary>Calls for this token that do not come back from the module.</summary>
    public int StuckCalls => Volatile.Read(ref _stuckCalls);

    /// <summary>What is wrong with the token now; <see langword="null"/> when nothing is known to be.</summary>
    public string? Problem =>
        FindStuckAttempt() is not null ? $"{Name}: finding the token and logging in does not end"
        : _problem ?? (Pool.FindOverdue() is { } overdue ? FormattableString.Invariant($"{Name}: a call has been in the module for {overdue.TotalSeconds:0.0} s") : null);

    /// <summary>Whether a URI leads to the same token with the same PIN.</summary>
    public bool IsFor(Pkcs11Uri uri) =>
        (uri.Token, uri.Serial, uri.Manufacturer, uri.Model, uri.SlotId, uri.PinSource) == (_uri.Token, _uri.Serial, _uri.Manufacturer, _uri.Model, _uri.SlotId, _uri.PinSource);

    public bool IsCurrent(TokenLink link) => link == _link;

    /// <summary>Reads the PIN again: an operator may have corrected it since.</summary>
    /// <exception cref="SigningException">It is not where the URI says.</exception>
    public void RefreshPin(Func<string, string>? prompt)
    {
        if (_login.Refresh(prompt))
        {
            lock (_lock)
            {
                _attempt = _attempt is { IsOver: true } ? null : _attempt; // the next is made at once
            }
        }
    }

    /// <summary>Counts a user in, unless the last one has gone.</summary>
    public bool TryAddUser()
    {
        lock (_lock)
        {
            _users += _users > 0 ? 1 : 0;
            return _users > 0;
        }
    }

    /// <summary>Counts a user out; the last one closes everything.</summary>
    public void Release()
    {
        lock (_lock)
        {
            if (--_users > 0)
            {
                return;
            }
        }

        Module.Forget(this);
        Metrics.Dispose();
        Pool.Dispose();
    }

    /// <summary>The last call has come back: called by the pool, once.</summary>
    public void Close()
    {
        _login.Wipe(); // not sooner: a call that is under way may have to present the PIN
        Module.Release();
    }

    /// <summary>Finds the token and logs in, if that is to be done.</summary>
    /// <param name="timeout">How long to wait for another thread that is at it.</param>
    /// <exception cref="SigningException">The token is not there, or refuses the PIN.</exception>
    public TokenLink GetLink(TimeSpan timeout) => _link ?? Connect(timeout);

    /// <summary>Opens a session under its link.</summary>
    /// <returns><see langword="false"/> when the token has no session left.</returns>
    /// <exception cref="SigningException">The token does not open it.</exception>
    public bool TryOpen(Pkcs11Session session)
    {
        ulong handle = session.Link.TakeLoginSession();
        CKR result = handle != 0 ? CKR.CKR_OK : Module.Functions.C_OpenSession(session.Link.SlotId, CK.CKF_SERIAL_SESSION, null, null, &handle);
        if (result == CKR.CKR_SESSION_COUNT)
        {
            return false;
        }

        session.Handle = result == CKR.CKR_OK ? handle : throw Fail(nameof(Cryptoki.C_OpenSession), result, session.Link);
        return true;
    }

    public void CloseSession(ulong handle) => Module.Functions.C_CloseSession(handle);

    /// <summary>Logs in again where the token has forgotten it.</summary>
    /// <exception cref="SigningException">It refuses.</exception>
    public void Login(Pkcs11Session session, TimeSpan timeout)
    {
        CKR result;
        try
        {
            result = session.Link.Info.NeedsLogin ? _login.LogIn(session.Handle, session.Link.Info, timeout) : CKR.CKR_OK;
        }
        catch (SigningException e)
        {
            NoteProblem(e.Message, session.Link, Recovery.None);
            throw;
        }

        if (result != CKR.CKR_OK)
        {
            throw Fail(nameof(Cryptoki.C_Login), result, session.Link);
        }
    }

    /// <summary>Authenticates one signature of a key that wants that (CKA_ALWAYS_AUTHENTICATE).</summary>
    public CKR LoginForContext(Pkcs11Session session, TimeSpan timeout) => _login.LogInForContext(session.Handle, session.Link.Info, timeout);

    /// <summary>Takes note of a failed call, and of the loss of the token if that is what it means.</summary>
    public SigningException Fail(string function, CKR result, TokenLink link)
    {
        Metrics.Failed(function, result);
        SigningException fault = Pkcs11Fault.Create(function, result, Name);
        Recovery recovery = Pkcs11Fault.Classify(result);
        if (recovery == Recovery.Reconnect)
        {
            link.AreSessionsGone |= result is not (CKR.CKR_SESSION_HANDLE_INVALID or CKR.CKR_SESSION_CLOSED); // it may be this one only
        }

        NoteProblem(fault.Message, link, recovery);
        if (recovery == Recovery.Reconnect)
        {
            Pool.Discard(link);
        }

        return fault;
    }

    /// <summary>Takes note that the token did what it should, which ends a problem.</summary>
    public void Succeeded(TokenLink link)
    {
        if (_problem is not null)
        {
            lock (_lock)
            {
                _problem = _link == link ? null : _problem;
            }
        }
    }

    public void ThrowIfStuck()
    {
        if (Module.StuckCalls >= _options.MaxStuckCalls)
        {
            throw new SigningException($"{Name}: {Module.StuckCalls} calls do not come back from the module '{Module.Path}' ({nameof(Pkcs11Options.MaxStuckCalls)}); no more are made until one does.") { IsTransient = true };
        }
    }

    public void CallIsStuck()
    {
        Module.CallIsStuck();
        Interlocked.Increment(ref _stuckCalls);
        Log.CallIsStuck(_logger, Name, Module.Path, _options.CallLimit.TotalMilliseconds, Module.StuckCalls);
    }

    public void StuckCallReturned()
    {
        Module.StuckCallReturned();
        Interlocked.Decrement(ref _stuckCalls);
        Log.StuckCallReturned(_logger, Name, Module.Path, Module.StuckCalls);
    }

    public void SignatureIsWrong()
    {
        Metrics.SignatureIsWrong();
        Log.SignatureIsWrong(_logger, Name);
    }

    public void SessionsAreFewer(int open) => Log.SessionsAreFewer(_logger, Name, open, _options.MaxSessions);

    private TokenLink Connect(TimeSpan timeout)
    {
        ConnectAttempt attempt;
        bool isMine = false;
        lock (_lock)
        {
            if (_link is { } link)
            {
                return link;
            }

            attempt = _attempt!;
            if (attempt is null || (attempt.IsOver && _time.GetElapsedTime(attempt.StartedAt) >= s_retryInterval) || FindStuckAttempt() is not null)
            {
                if (attempt is { IsOver: false })
                {
                    CallIsStuck(); // that thread is lost; this one tries anew
                }

                attempt = _attempt = new ConnectAttempt(_time.GetTimestamp());
                isMine = true;
            }
        }

        if (isMine)
        {
            Run(attempt, timeout);
        }

        return attempt.GetResult(timeout, Name);
    }

    private ConnectAttempt? FindStuckAttempt() =>
        Volatile.Read(ref _attempt) is { IsOver: false } attempt && _time.GetElapsedTime(attempt.StartedAt) >= s_connectLimit ? attempt : null;

    private void Run(ConnectAttempt attempt, TimeSpan timeout)
    {
        SigningException? fault = null;
        TokenLink? found = null;
        try
        {
            Pool.CloseStale();
            (ulong slot, TokenInfo info) = SlotList.Find(Module, _uri, Metrics);
            found = LogIn(slot, info, timeout - _time.GetElapsedTime(attempt.StartedAt));
        }
        catch (SigningException e)
        {
            fault = e;
        }
        finally
        {
            End(attempt, found, fault ?? new SigningException($"{Name}: finding the token and logging in failed."));
        }
    }

    private void End(ConnectAttempt attempt, TokenLink? found, SigningException fault)
    {
        bool isCurrent;
        bool isNew = false;
        TokenLink? link = found;
        lock (_lock)
        {
            isCurrent = _attempt == attempt;
            if (!isCurrent && found is not null)
            {
                link = _link; // another thread has been quicker
                fault = new SigningException($"{Name}: finding the token and logging in took too long, and was begun anew.") { IsTransient = true };
            }
            else if (isCurrent && found is not null)
            {
                _link = found;
                _problem = null;
                _loggedProblems.Clear();
            }
            else if (isCurrent)
            {
                isNew = SetProblem(fault.Message);
            }
        }

        if (!isCurrent)
        {
            StuckCallReturned();
            if (found?.TakeLoginSession() is { } session and not 0)
            {
                CloseSession(session);
            }
        }
        else if (found is not null)
        {
            Log.Connected(_logger, Name, found.SlotId, Module.Path);
        }

        LogProblem(isNew, fault.Message);
        attempt.End(link, fault);
    }

    private TokenLink LogIn(ulong slot, TokenInfo info, TimeSpan timeout)
    {
        if (!info.NeedsLogin)
        {
            return new TokenLink(slot, info);
        }

        ulong session;
        Check(nameof(Cryptoki.C_OpenSession), Module.Functions.C_OpenSession(slot, CK.CKF_SERIAL_SESSION, null, null, &session));
        try
        {
            Check(nameof(Cryptoki.C_Login), _login.LogIn(session, info, timeout));
            return new TokenLink(slot, info, session);
        }
        catch (SigningException)
        {
            CloseSession(session);
            throw;
        }

        void Check(string function, CKR result)
        {
            if (result != CKR.CKR_OK)
            {
                Metrics.Failed(function, result);
                throw Pkcs11Fault.Create(function, result, $"token {info}");
            }
        }
    }

    private void NoteProblem(string problem, TokenLink link, Recovery recovery)
    {
        bool isLost = recovery == Recovery.Reconnect;
        bool isNew = false;
        lock (_lock)
        {
            if (_link == link) // else it is late, and says nothing of the token now
            {
                isNew = SetProblem(problem) && recovery is not (Recovery.Login or Recovery.FindKey); // what follows these is mended or said
                _link = isLost ? null : link;
                _attempt = isLost ? null : _attempt; // it ended with this link
            }
        }

        LogProblem(isNew, problem);
    }

    /// <returns>Whether it has not been logged yet: it may be tried, and fail, many times.</returns>
    private bool SetProblem(string problem)
    {
        _problem = problem;
        return _loggedProblems.Add(problem);
    }

    private void LogProblem(bool isNew, string problem)
    {
        if (isNew)
        {
            Log.TokenIsOut(_logger, Name, problem);
        }
    }
}
