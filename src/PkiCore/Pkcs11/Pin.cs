using System.Security.Cryptography;
using System.Text;
using PkiCore.Signing;

namespace PkiCore.Pkcs11;

/// <summary>A PIN in memory, kept for the logins after a token was lost, and wiped at the end.</summary>
internal sealed class Pin : IDisposable
{
    private readonly byte[] _value;
    private volatile bool _isRight;

    private Pin(string value)
    {
        _value = GC.AllocateUninitializedArray<byte>(Encoding.UTF8.GetByteCount(value), pinned: true); // never copied by the garbage collector
        Encoding.UTF8.GetBytes(value, _value);
    }

    /// <summary>Whether there is none: the token has a keypad of its own, or needs no login.</summary>
    public bool IsEmpty => _value.Length == 0;

    public ReadOnlySpan<byte> Value => _value;

    /// <summary>Whether the token took it when it was presented last.</summary>
    public bool IsRight
    {
        get => _isRight;
        set => _isRight = value;
    }

    /// <summary>Fetches the PIN from where a URI says.</summary>
    /// <exception cref="SigningException">It is not there. The message does not contain it.</exception>
    public static Pin Read(Pkcs11Uri uri, Func<string, string>? prompt)
    {
        switch (uri.PinSource?.Split(':', 2))
        {
            case ["env", string name]:
                return new Pin(Environment.GetEnvironmentVariable(name)
                    ?? throw new SigningException($"The PIN for '{uri}' should be in the environment variable {name}, which is not set."));
            case ["file", string path]:
                return new Pin(ReadFirstLine(uri, path));
            default:
                return new Pin(prompt?.Invoke(uri.Token ?? uri.Serial ?? "token") ?? "");
        }
    }

    /// <summary>Recognises a PIN without keeping it.</summary>
    public byte[] GetHash(ReadOnlySpan<byte> salt) => HMACSHA256.HashData(salt, _value);

    public bool IsSame(Pin other) => CryptographicOperations.FixedTimeEquals(_value, other._value);

    public void Dispose() => CryptographicOperations.ZeroMemory(_value);

    private static string ReadFirstLine(Pkcs11Uri uri, string path)
    {
        try
        {
            return File.ReadLines(path).FirstOrDefault() is { Length: > 0 } line ? line
                : throw new SigningException($"The PIN for '{uri}' should be in the first line of '{path}', which is empty.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException) // the last: no path, or one that is none
        {
            throw new SigningException($"The PIN for '{uri}' cannot be read: {e.Message}", e);
        }
    }
}
