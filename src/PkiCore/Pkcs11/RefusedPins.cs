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
    private static readonly Dictionary<(string Module, string Serial), List<(byte[] Hash, string Reason)>> s_refused = [];

    /// <summary>Why a token refused a PIN before; <see langword="null"/> when it has not.</summary>
    public static string? Find(string module, string serial, Pin pin)
    {
        lock (s_lock)
        {
            if (!s_refused.TryGetValue((module, serial), out List<(byte[] Hash, string Reason)>? refused))
            {
                return null;
            }

            byte[] hash = pin.GetHash(s_salt);
            return refused.Find(other => CryptographicOperations.FixedTimeEquals(other.Hash, hash)).Reason;
        }
    }

    public static void Add(string module, string serial, Pin pin, string reason)
    {
        lock (s_lock)
        {
            if (!s_refused.TryGetValue((module, serial), out List<(byte[] Hash, string Reason)>? refused))
            {
                s_refused.Add((module, serial), refused = []);
            }

            refused.Add((pin.GetHash(s_salt), reason));
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
