using PkiCore.Pkcs11.Interop;
using PkiCore.Signing;

namespace PkiCore.Pkcs11;

/// <summary>What has to be done after a function failed.</summary>
internal enum Recovery
{
    /// <summary>Nothing helps but a change by the operator.</summary>
    None,

    /// <summary>The call may succeed later; the session is not used again.</summary>
    Later,

    /// <summary>The token knows the session, but nobody is logged in.</summary>
    Login,

    /// <summary>The handle of the key is no longer good.</summary>
    FindKey,

    /// <summary>Sessions and handles are gone; slots are listed again.</summary>
    Reconnect,
}

/// <summary>What return values mean (PKCS #11 2.40 5.1), and what to tell an operator.</summary>
internal static class Pkcs11Fault
{
    public static Recovery Classify(CKR value) => value switch
    {
        CKR.CKR_USER_NOT_LOGGED_IN => Recovery.Login,
        CKR.CKR_KEY_HANDLE_INVALID or CKR.CKR_OBJECT_HANDLE_INVALID => Recovery.FindKey,
        CKR.CKR_SESSION_HANDLE_INVALID or CKR.CKR_SESSION_CLOSED or CKR.CKR_DEVICE_REMOVED or CKR.CKR_TOKEN_NOT_PRESENT
            or CKR.CKR_TOKEN_NOT_RECOGNIZED or CKR.CKR_SLOT_ID_INVALID or CKR.CKR_CRYPTOKI_NOT_INITIALIZED => Recovery.Reconnect,
        CKR.CKR_PIN_INCORRECT or CKR.CKR_PIN_INVALID or CKR.CKR_PIN_LEN_RANGE or CKR.CKR_PIN_EXPIRED or CKR.CKR_PIN_LOCKED
            or CKR.CKR_USER_PIN_NOT_INITIALIZED or CKR.CKR_KEY_FUNCTION_NOT_PERMITTED or CKR.CKR_KEY_TYPE_INCONSISTENT
            or CKR.CKR_KEY_SIZE_RANGE or CKR.CKR_MECHANISM_INVALID or CKR.CKR_MECHANISM_PARAM_INVALID or CKR.CKR_CURVE_NOT_SUPPORTED
            or CKR.CKR_FUNCTION_NOT_SUPPORTED or CKR.CKR_ARGUMENTS_BAD or CKR.CKR_DATA_LEN_RANGE or CKR.CKR_DATA_INVALID
            or CKR.CKR_CANT_LOCK => Recovery.None,
        _ => Recovery.Later, // general and device errors, memory, and what vendors define
    };

    /// <summary>Whether sessions and handles are gone, and another try would get new ones.</summary>
    public static bool IsLoss(SigningException fault) => Enum.TryParse(fault.ErrorCode, out CKR value) && Classify(value) == Recovery.Reconnect;

    /// <summary>Whether the token did not take the PIN: to try again would use up its counter.</summary>
    public static bool IsPinRefused(CKR value) => value is CKR.CKR_PIN_INCORRECT or CKR.CKR_PIN_INVALID or CKR.CKR_PIN_LEN_RANGE
        or CKR.CKR_PIN_EXPIRED or CKR.CKR_PIN_LOCKED or CKR.CKR_USER_PIN_NOT_INITIALIZED;

    /// <summary>Describes a failed call.</summary>
    /// <param name="function">The function.</param>
    /// <param name="value">What it returned.</param>
    /// <param name="where">The token or the module.</param>
    public static SigningException Create(string function, CKR value, string where) =>
        new($"{where}: {function} returned {NameOf(value)}{Advice(value)}.") { ErrorCode = NameOf(value), IsTransient = Classify(value) != Recovery.None };

    public static string NameOf(CKR value) => Enum.GetName(value) ?? $"0x{(ulong)value:X8}";

    private static string Advice(CKR value) => value switch
    {
        CKR.CKR_PIN_INCORRECT => ": the PIN is wrong. It is not tried again; correct it where pin-source says, and reload",
        CKR.CKR_PIN_LOCKED => ": the PIN is locked after wrong tries. Have the security officer set it anew, and reload",
        CKR.CKR_PIN_EXPIRED => ": the PIN has expired. Set a new one, and reload",
        CKR.CKR_PIN_INVALID or CKR.CKR_PIN_LEN_RANGE => ": the token does not take such a PIN. Correct it where pin-source says, and reload",
        CKR.CKR_USER_PIN_NOT_INITIALIZED => ": the token has no user PIN yet. Have the security officer set one, and reload",
        CKR.CKR_MECHANISM_INVALID => ": the token does not offer the mechanism of the signature algorithm; 'pkcs11-tool --list-mechanisms' shows those it has",
        CKR.CKR_KEY_FUNCTION_NOT_PERMITTED => ": the key must not sign; it lacks CKA_SIGN",
        CKR.CKR_DEVICE_REMOVED or CKR.CKR_TOKEN_NOT_PRESENT => ": the token is gone",
        CKR.CKR_SESSION_COUNT => ": the token has no session left. Close those of other programs, or raise its limit",
        CKR.CKR_CANT_LOCK => ": the module is not made for use from several threads",
        CKR.CKR_FUNCTION_NOT_SUPPORTED => ": the module lacks the function",
        _ => "",
    };
}
