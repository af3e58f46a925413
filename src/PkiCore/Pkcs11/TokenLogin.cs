using PkiCore.Pkcs11.Interop;
using PkiCore.Signing;

namespace PkiCore.Pkcs11;

/// <summary>
/// Presents the PIN to a token. A PIN that was refused is not presented again. While one is not known to be right, it is presented by one thread at
/// a time, however long that takes: each wrong try counts at the token. Safe for use from several threads.
/// </summary>
internal sealed unsafe class TokenLogin
{
    /// <summary>How long to wait for another thread's verdict; less than what makes a try to connect count as stuck.</summary>
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(5);

    /// <summary>The same where the PIN was right before: a login that hangs must not stand in the way of the next.</summary>
    private static readonly TimeSpan s_shortWait = TimeSpan.FromSeconds(1);

    private readonly Pkcs11Module _module;
    private readonly Pkcs11Uri _uri;
    private readonly Lock _lock = new();
    private readonly List<Pin> _formerPins = [];
    private volatile Pin _pin;
    private volatile bool _isRefused;
    private volatile bool _isContextPinRight;

    /// <exception cref="SigningException">The PIN is not where the URI says.</exception>
    public TokenLogin(Pkcs11Module module, Pkcs11Uri uri, Func<string, string>? prompt)
    {
        _module = module;
        _uri = uri;
        _pin = Pin.Read(uri, prompt);
    }

    /// <summary>Reads the PIN again: an operator may have corrected it since. A person is asked again only if the token refused what was said.</summary>
    /// <returns>Whether it is another.</returns>
    /// <exception cref="SigningException">It is not where the URI says.</exception>
    public bool Refresh(Func<string, string>? prompt)
    {
        if (_uri.PinSource is null && !_isRefused)
        {
            return false;
        }

        Pin pin = Pin.Read(_uri, prompt);
        lock (_lock)
        {
            if (pin.IsSame(_pin))
            {
                pin.Dispose();
                return false;
            }

            _formerPins.Add(_pin); // a call that is under way may have to present it
            _pin = pin;
            _isRefused = false;
            _isContextPinRight = false;
            return true;
        }
    }

    /// <summary>Logs in.</summary>
    /// <exception cref="SigningException">The PIN is known not to be taken, or is not known to be and another thread is at it for too long.</exception>
    public CKR LogIn(ulong session, TokenInfo info, TimeSpan timeout)
    {
        Lock presenting = _module.GetPresenting(info);
        bool isAlone = TryEnter(presenting, timeout, _pin.IsRight ? s_shortWait : s_longestWait);
        try
        {
            Pin pin = _pin;
            ThrowIfRefused(pin, info); // only now: the other thread's verdict counts
            CKR result = isAlone || pin.IsRight ? Present(pin, session, CK.CKU_USER, info) : throw Busy(info);
            return result == CKR.CKR_USER_ALREADY_LOGGED_IN ? CKR.CKR_OK : result; // by another session, or by another library in this process
        }
        finally
        {
            if (isAlone)
            {
                presenting.Exit();
            }
        }
    }

    /// <summary>Authenticates one signature of a key that wants that (CKA_ALWAYS_AUTHENTICATE).</summary>
    public CKR LogInForContext(ulong session, TokenInfo info, TimeSpan timeout)
    {
        if (_isContextPinRight)
        {
            return PresentForContext(session, info);
        }

        Lock presenting = _module.GetPresenting(info);
        if (!TryEnter(presenting, timeout, s_longestWait))
        {
            throw Busy(info);
        }

        try
        {
            return PresentForContext(session, info);
        }
        finally
        {
            presenting.Exit();
        }
    }

    /// <summary>Wipes the PIN; no call may be under way.</summary>
    public void Wipe()
    {
        _pin.Dispose();
        _formerPins.ForEach(pin => pin.Dispose());
    }

    private static bool TryEnter(Lock presenting, TimeSpan timeout, TimeSpan longest)
    {
        timeout = timeout < longest ? timeout : longest;
        return presenting.TryEnter(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero);
    }

    private static SigningException Busy(TokenInfo info) => new($"token {info}: a login that is under way does not end.") { IsTransient = true };

    private void ThrowIfRefused(Pin pin, TokenInfo info)
    {
        string? refused = pin.IsEmpty && !info.AsksForPin ? $"token {info} needs a PIN, and there is none: say where it is with pin-source=file:PATH or pin-source=env:NAME in the URI"
            : (info.Flags & CK.CKF_USER_PIN_LOCKED) != 0 ? $"token {info}: the PIN is locked after wrong tries. Have the security officer set it anew, and reload"
            : RefusedPins.Find(_module.Path, info.Serial, pin);
        if (refused is not null)
        {
            _isRefused = true;
            throw new SigningException(refused) { ErrorCode = nameof(CKR.CKR_PIN_INCORRECT) };
        }
    }

    private CKR PresentForContext(ulong session, TokenInfo info)
    {
        Pin pin = _pin;
        if (RefusedPins.Find(_module.Path, info.Serial, pin) is not null)
        {
            return CKR.CKR_PIN_INCORRECT;
        }

        CKR result = Present(pin, session, CK.CKU_CONTEXT_SPECIFIC, info);
        _isContextPinRight = result == CKR.CKR_OK || (_isContextPinRight && !Pkcs11Fault.IsPinRefused(result));
        return result;
    }

    private CKR Present(Pin pin, ulong session, ulong userType, TokenInfo info)
    {
        CKR result;
        fixed (byte* value = pin.Value)
        {
            result = _module.Functions.C_Login(session, userType, value, (ulong)pin.Value.Length);
        }

        if (result == CKR.CKR_OK)
        {
            pin.IsRight = true;
        }
        else if (Pkcs11Fault.IsPinRefused(result))
        {
            pin.IsRight = false;
            _isRefused = true;
            RefusedPins.Add(_module.Path, info.Serial, pin, Pkcs11Fault.Create(nameof(Cryptoki.C_Login), result, $"token {info}").Message);
        }

        return result;
    }
}
