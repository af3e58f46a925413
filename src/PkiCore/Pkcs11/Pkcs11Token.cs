using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using PkiCore.Pkcs11.Interop;
using PkiCore.Signing;

namespace PkiCore.Pkcs11;

/// <summary>
/// A token: an HSM, a partition of one, or a smart card. All who open the same one in a process share its login and sessions. Safe for use
/// from several threads.
/// </summary>
public sealed class Pkcs11Token : IDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    private readonly Pkcs11Uri _uri;
    private readonly Pkcs11Options _options;
    private int _disposed;

    private Pkcs11Token(Pkcs11Uri uri, Pkcs11Options options, TokenConnection connection)
    {
        _uri = uri;
        _options = options;
        Connection = connection;
    }

    /// <summary>The token's label.</summary>
    public string Label => Connection.Label;

    /// <summary>What is wrong with it now, for people; <see langword="null"/> when nothing is known to be.</summary>
    public string? Problem => Connection.Problem;

    internal TokenConnection Connection { get; }

    /// <summary>Loads the module, finds the token and logs in.</summary>
    /// <param name="uri">A PKCS #11 URI (RFC 7512) with <c>module-path</c>, and <c>pin-source</c> if the token has a PIN.</param>
    /// <param name="options">How to use it; the defaults when <see langword="null"/>.</param>
    /// <exception cref="FormatException">The URI is none.</exception>
    /// <exception cref="SigningException">The module does not load, the token is not there, or it refuses the PIN.</exception>
    public static Pkcs11Token Open(string uri, Pkcs11Options? options = null)
    {
        Pkcs11Token token = Create(Pkcs11Uri.Parse(uri), (options ?? new Pkcs11Options()).Validated());
        try
        {
            token.Use(_ => 0);
            return token;
        }
        catch (SigningException)
        {
            token.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Lets PINs be presented again that tokens have refused. Otherwise none is in the life of the process, as a handful of wrong tries locks a token;
    /// call it when an operator says that the PIN is right now. The next <see cref="Open"/> or signature presents it.
    /// </summary>
    public static void ForgetRefusedPins() => RefusedPins.Forget();

    /// <summary>Lists the private keys on the token; those that the URI names, if it names some.</summary>
    /// <exception cref="SigningException">The token does not say.</exception>
    public IReadOnlyList<Pkcs11Key> FindKeys() => Use(session =>
    {
        var objects = new Pkcs11Objects(Connection, session);
        return objects.Find(CK.CKO_PRIVATE_KEY, _uri.ObjectLabel, _uri.Id).ConvertAll(handle => ReadKey(objects, handle));
    });

    /// <summary>Gives the token back. It is closed, and logged out of, when nobody uses it any more.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Connection.Release();
        }
    }

    /// <summary>Loads the module; the token is looked for when it is needed first.</summary>
    internal static Pkcs11Token Create(Pkcs11Uri uri, Pkcs11Options options)
    {
        string path = uri.ModulePath ?? throw new SigningException($"'{uri}' does not say which module to use; add '?module-path=' and the full path of the HSM's PKCS #11 library.");
        Pkcs11Module module = Pkcs11Module.Acquire(path);
        try
        {
            return new Pkcs11Token(uri, options, module.Connect(uri, options));
        }
        finally
        {
            module.Release(); // the connection counts as a user
        }
    }

    private Pkcs11Key ReadKey(Pkcs11Objects objects, ulong handle)
    {
        string label = Encoding.UTF8.GetString(objects.Read(handle, CK.CKA_LABEL) ?? []);
        byte[] id = objects.Read(handle, CK.CKA_ID) ?? [];
        ulong publicKey = objects.Find(CK.CKO_PUBLIC_KEY, id.Length > 0 ? null : label, id.Length > 0 ? id : default(ReadOnlyMemory<byte>?)).FirstOrDefault();
        PublicKey? key = Pkcs11PublicKey.Read(objects, handle, publicKey, objects.ReadNumber(handle, CK.CKA_KEY_TYPE) ?? CK.CK_UNAVAILABLE_INFORMATION);
        return new Pkcs11Key(Connection, _options, label, id, key, ReadCertificate(objects, id));
    }

    private static X509Certificate2? ReadCertificate(Pkcs11Objects objects, byte[] id)
    {
        ulong handle = id.Length > 0 ? objects.Find(CK.CKO_CERTIFICATE, label: null, id).FirstOrDefault() : 0;
        try
        {
            return handle != 0 && objects.Read(handle, CK.CKA_VALUE) is { Length: > 0 } value ? X509CertificateLoader.LoadCertificate(value) : null;
        }
        catch (CryptographicException)
        {
            return null; // not an X.509 certificate
        }
    }

    private T Use<T>(Func<Pkcs11Session, T> action)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                return UseOnce(action);
            }
            catch (SigningException fault) when (tries == 1 && Pkcs11Fault.IsLoss(fault))
            {
                // The next session comes from another link.
            }
        }
    }

    private T UseOnce<T>(Func<Pkcs11Session, T> action)
    {
        Pkcs11Session session = Connection.Pool.Rent(SigningPriority.Live, s_timeout);
        bool isClean = false;
        try
        {
            T result = action(session);
            isClean = true;
            Connection.Succeeded(session.Link);
            return result;
        }
        finally
        {
            Connection.Pool.Return(session, isClean);
        }
    }
}
