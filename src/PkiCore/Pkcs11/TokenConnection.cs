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
    private readonly Pin _pin;
    private readonly Pkcs11Options _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Lock _loggingIn = new();
    private volatile TokenLink? _link;
    private ConnectAttempt? _attempt;
    private volatile string? _problem;
    private string? _loggedProblem;
    private int _users = 1;

    public TokenConnection(Pkcs11Module module, Pkcs11Uri uri, Pkcs11Options options)
    {
        Module = module;
        _uri = uri;
        _options = options;
        _time = options.TimeProvider;
        _logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger<Pkcs11Token>();
        _pin = Pin.Read(uri, options.PinPrompt);
        Metrics = new Pkcs11Metrics(this);
        Pool = new Pkcs11SessionPool(this, options, Metrics);
    }

    public Pkcs11Module Module { get; }

    public Pkcs11SessionPool Pool { get; }

    public Pkcs11Metrics Metrics { get; }

    /// <summary>The token, for messages: by what it says of itself, or by what was asked for.</summary>
    public string Name => _link is { } link ? $"token {link.Info}" : $"token '{_uri.Token ?? _uri.Serial ?? _uri.ToString()}'";

    public TimeProvider Time => _time;

    /// <summary>The token's label, for metrics.</summary>
    public string Label => _uri.Token ?? _link?.Info.Label ?? "";

    /// <summary>What is wrong with the token now; <see langword="null"/> when nothing is known to be.</summary>
    public string? Problem =>
        FindStuckAttempt() is not null ? $"{Name}: finding the token and logging in does not end"
        : _problem ?? (Pool.FindOverdue() is { } overdue ? FormattableString.Invariant($"{Name}: a call has been in the module for {overdue.TotalSeconds:0.0} s") : null);

    /// <summary>Whether a URI leads to the same token with the same PIN.</summary>
    public bool IsFor(Pkcs11Uri uri) =>
        (uri.Token, uri.Serial, uri.Manufacturer, uri.Model, uri.SlotId, uri.PinSource) == (_uri.Token, _uri.Serial, _uri.Manufacturer, _uri.Model, _uri.SlotId, _uri.PinSource);

    public bool IsCurrent(TokenLink link) => link == _link;

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
        _pin.Dispose(); // not sooner: a call that is under way may have to present it
        Module.Release();
    }

    /// <summary>Opens a session, and finds the token and logs in before, if that is to be done.</summary>
    /// <param name="timeout">How long to wait for another thread that is at it.</param>
    /// <param name="isFull">Whether the token has no session left; then there is no session and no exception.</param>
    /// <exception cref="SigningException">The token is not there, refuses the PIN, or does not open a session.</exception>
    public Pkcs11Session? OpenSession(TimeSpan timeout, out bool isFull)
    {
        TokenLink link = _link ?? Connect(timeout);
        isFull = false;
        ulong handle = link.TakeLoginSession();
        CKR result = handle != 0 ? CKR.CKR_OK : Module.Functions.C_OpenSession(link.SlotId, CK.CKF_SERIAL_SESSION, null, null, &handle);
        switch (result)
        {
            case CKR.CKR_OK:
                return new Pkcs11Session(handle, link, _time.GetTimestamp());
            case CKR.CKR_SESSION_COUNT:
                isFull = true;
                return null;
            default:
                throw Fail(nameof(Cryptoki.C_OpenSession), result, link);
        }
    }

    public void CloseSession(ulong handle) => Module.Functions.C_CloseSession(handle);

    /// <summary>Logs in again where the token has forgotten it.</summary>
    /// <exception cref="SigningException">It refuses.</exception>
    public void Login(Pkcs11Session session, TimeSpan timeout)
    {
        // One at a time: two wrong tries are worse than one.
        if (!_loggingIn.TryEnter(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero))
        {
            throw new SigningException($"{Name}: a login that is under way does not end.") { IsTransient = true };
        }

        try
        {
            Login(session.Handle, session.Link.Info);
        }
        finally
        {
            _loggingIn.Exit();
        }
    }

    /// <summary>Authenticates one signature of a key that wants that (CKA_ALWAYS_AUTHENTICATE).</summary>
    public CKR LoginForContext(Pkcs11Session session)
    {
        string serial = session.Link.Info.Serial;
        if (RefusedPins.Find(Module.Path, serial, _pin) is not null)
        {
            return CKR.CKR_PIN_INCORRECT;
        }

        CKR result = PresentPin(session.Handle, CK.CKU_CONTEXT_SPECIFIC);
        if (Pkcs11Fault.IsPinRefused(result))
        {
            RefusedPins.Add(Module.Path, serial, _pin, Pkcs11Fault.Create(nameof(Cryptoki.C_Login), result, Name).Message);
        }

        return result;
    }

    /// <summary>Takes note of a failed call, and of the loss of the token if that is what it means.</summary>
    public SigningException Fail(string function, CKR result, TokenLink link)
    {
        Metrics.Failed(function, result);
        SigningException fault = Pkcs11Fault.Create(function, result, Name);
        if (Pkcs11Fault.Classify(result) == Recovery.Reconnect)
        {
            lock (_lock)
            {
                if (_link == link)
                {
                    _link = null;
                    _attempt = null; // it ended with this link
                    Report(fault.Message);
                }
            }

            Pool.Discard(link);
        }

        return fault;
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
        Log.CallIsStuck(_logger, Name, Module.Path, _options.CallLimit.TotalMilliseconds, Module.StuckCalls);
    }

    public void StuckCallReturned()
    {
        Module.StuckCallReturned();
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
            Run(attempt);
        }

        return attempt.GetResult(timeout, Name);
    }

    private ConnectAttempt? FindStuckAttempt() =>
        Volatile.Read(ref _attempt) is { IsOver: false } attempt && _time.GetElapsedTime(attempt.StartedAt) >= s_connectLimit ? attempt : null;

    private void Run(ConnectAttempt attempt)
    {
        SigningException? fault = null;
        TokenLink? found = null;
        try
        {
            (ulong slot, TokenInfo info) = SlotList.Find(Module, _uri);
            found = LogIn(slot, info);
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
        lock (_lock)
        {
            isCurrent = _attempt == attempt;
            if (isCurrent && found is not null)
            {
                _link = found;
                _problem = null;
                _loggedProblem = null;
            }
        }

        if (!isCurrent)
        {
            StuckCallReturned();
        }
        else if (found is not null)
        {
            Log.Connected(_logger, Name, found.SlotId, Module.Path);
        }
        else
        {
            Report(fault.Message);
        }

        attempt.End(isCurrent ? found : null, fault);
    }

    private TokenLink LogIn(ulong slot, TokenInfo info)
    {
        if (!info.NeedsLogin)
        {
            return new TokenLink(slot, info);
        }

        ulong session;
        CKR result = Module.Functions.C_OpenSession(slot, CK.CKF_SERIAL_SESSION, null, null, &session);
        if (result != CKR.CKR_OK)
        {
            Metrics.Failed(nameof(Cryptoki.C_OpenSession), result);
            throw Pkcs11Fault.Create(nameof(Cryptoki.C_OpenSession), result, $"token {info}");
        }

        try
        {
            Login(session, info);
            return new TokenLink(slot, info) { LoginSession = session };
        }
        catch (SigningException)
        {
            CloseSession(session);
            throw;
        }
    }

    private void Login(ulong session, TokenInfo info)
    {
        string? refused = _pin.IsEmpty ? $"token {info} needs a PIN, and there is none: say where it is with pin-source=file:PATH or pin-source=env:NAME in the URI"
            : (info.Flags & CK.CKF_USER_PIN_LOCKED) != 0 ? $"token {info}: the PIN is locked after wrong tries. Have the security officer set it anew, and reload"
            : RefusedPins.Find(Module.Path, info.Serial, _pin);
        if (refused is not null)
        {
            throw new SigningException(refused) { ErrorCode = nameof(CKR.CKR_PIN_INCORRECT) };
        }

        CKR result = PresentPin(session, CK.CKU_USER);
        if (result is CKR.CKR_OK or CKR.CKR_USER_ALREADY_LOGGED_IN) // by another session, or by another library in this process
        {
            return;
        }

        Metrics.Failed(nameof(Cryptoki.C_Login), result);
        SigningException fault = Pkcs11Fault.Create(nameof(Cryptoki.C_Login), result, $"token {info}");
        if (Pkcs11Fault.IsPinRefused(result))
        {
            RefusedPins.Add(Module.Path, info.Serial, _pin, fault.Message);
        }

        throw fault;
    }

    private CKR PresentPin(ulong session, ulong userType)
    {
        fixed (byte* pin = _pin.Value)
        {
            return Module.Functions.C_Login(session, userType, pin, (ulong)_pin.Value.Length);
        }
    }

    private void Report(string problem)
    {
        _problem = problem;
        if (Interlocked.Exchange(ref _loggedProblem, problem) != problem) // it may be tried, and fail, many times
        {
            Log.TokenIsOut(_logger, Name, problem);
        }
    }
}
