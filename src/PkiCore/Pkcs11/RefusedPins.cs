using System.Security.Cryptography;

namespace PkiCore.Pkcs11;

/// <summary>
/// The PINs that tokens have refused, by hash. One that was refused is not offered again by this process, whoever asks, until an operator wants it:
/// a handful of tries would lock the token. Safe for use from several threads.
/// </summary>
internal static class RefusedPins
{
    private static readonly byte[] s_salt = RandomNumberGenerator.GetBytes(32);
    private static readonly Lock s_lock = new();
    private static readonly Dictionary<(string Module, string Serial), (byte[] Hash, string Reason)> s_refused = [];

    /// <summary>Why a token refused a PIN before; <see langword="null"/> when it has not.</summary>
    public static string? Find(string module, string serial, Pin pin)
    {
        lock (s_lock)
        {
            return s_refused.TryGetValue((module, serial), out var refused) && CryptographicOperations.FixedTimeEquals(refused.Hash, pin.GetHash(s_salt)) ? refused.Reason : null;
        }
    }

    public static void Add(string module, string serial, Pin pin, string reason)
    {
        lock (s_lock)
        {
            s_refused[(module, serial)] = (pin.GetHash(s_salt), reason);
        }
    }

    /// <summary>An operator asked for another try.</summary>
    public static void Forget()
    {
        lock (s_lock)
        {
            s_refused.Clear();
        }
    }
}
