using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using PkiCore.Pkcs11.Interop;
using PkiCore.Signing;

namespace PkiCore.Pkcs11;

/// <summary>
/// A loaded PKCS #11 library. It is there once, whatever paths lead to it; it is initialised by the first user and finalised after the last,
/// if nobody else initialised it. Safe for use from several threads.
/// </summary>
internal sealed unsafe class Pkcs11Module
{
    private static readonly Lock s_lock = new();
    private static readonly Dictionary<nint, Pkcs11Module> s_modules = []; // by what the loader calls the library

    private readonly Lock _initializing = new();
    private readonly List<TokenConnection> _connections = [];
    private readonly ConcurrentDictionary<string, Lock> _presenting = new(); // by serial number
    private int _users;
    private int _stuckCalls;
    private bool _isInitializedByUs;

    private Pkcs11Module(string path, Cryptoki functions)
    {
        Path = path;
        Functions = functions;
    }

    /// <summary>The path by which it was loaded first.</summary>
    public string Path { get; }

    public Cryptoki Functions { get; }

    /// <summary>How many calls have not come back in time.</summary>
    public int StuckCalls => Volatile.Read(ref _stuckCalls);

    /// <summary>Loads a library, or finds it, and counts the caller as a user.</summary>
    /// <exception cref="SigningException">It is not there, is no PKCS #11 library for this machine, or does not start.</exception>
    public static Pkcs11Module Acquire(string path)
    {
        if (OperatingSystem.IsWindows() || !Environment.Is64BitProcess)
        {
            // CK_ULONG has 32 bits there, and structures are packed.
            throw new SigningException($"'{path}': PKCS #11 modules can be used on 64-bit Unix only; on Windows and in 32-bit processes the structures are laid out differently.");
        }

        nint library = ModuleFile.Load(path);
        Pkcs11Module module;
        lock (s_lock)
        {
            if (!s_modules.TryGetValue(library, out module!))
            {
                module = new Pkcs11Module(path, ModuleFile.ReadFunctions(library, path));
                s_modules.Add(library, module);
            }
        }

        module.AddUser();
        return module;
    }

    /// <summary>Who presents a PIN to a token holds this, whatever connection it comes from: a wrong one may be in several URIs.</summary>
    public Lock GetPresenting(TokenInfo info) => _presenting.GetOrAdd(info.Serial, static _ => new Lock());

    /// <summary>Counts a user out; after the last one the module is finalised. No call of that user may be outstanding.</summary>
    public void Release()
    {
        lock (_initializing)
        {
            if (--_users == 0 && _isInitializedByUs)
            {
                Functions.C_Finalize(null);
                _isInitializedByUs = false;
            }
        }
    }

    /// <summary>Initialises the module; also when somebody has finalised it under our feet.</summary>
    /// <exception cref="SigningException">It does not start.</exception>
    public void Initialize()
    {
        CKR result = TryInitialize();
        if (result != CKR.CKR_OK)
        {
            throw Pkcs11Fault.Create(nameof(Cryptoki.C_Initialize), result, Path);
        }
    }

    /// <summary>The same without an exception.</summary>
    public CKR TryInitialize()
    {
        lock (_initializing)
        {
            var arguments = new CK_C_INITIALIZE_ARGS { flags = CK.CKF_OS_LOCKING_OK }; // PKCS #11 5.4: several threads, the system's locks
            CKR result = Functions.C_Initialize(&arguments);
            _isInitializedByUs |= result == CKR.CKR_OK;
            return result == CKR.CKR_CRYPTOKI_ALREADY_INITIALIZED ? CKR.CKR_OK : result;
        }
    }

    /// <summary>Finds the token of a URI, or makes its connection; the caller counts as a user of it.</summary>
    public TokenConnection Connect(Pkcs11Uri uri, Pkcs11Options options)
    {
        TokenConnection? connection;
        lock (_connections)
        {
            connection = _connections.FirstOrDefault(other => other.IsFor(uri));
            if (connection?.TryAddUser() != true)
            {
                connection = new TokenConnection(this, uri, options);
                _connections.Add(connection);
                AddUser();
                return connection;
            }
        }

        try
        {
            connection.RefreshPin(options.PinPrompt);
            return connection;
        }
        catch
        {
            connection.Release();
            throw;
        }
    }

    public void Forget(TokenConnection connection)
    {
        lock (_connections)
        {
            _connections.Remove(connection);
        }
    }

    /// <summary>What the library says of itself.</summary>
    public string Describe()
    {
        CK_INFO info;
        CKR result = Functions.C_GetInfo(&info);
        return result != CKR.CKR_OK ? throw Pkcs11Fault.Create(nameof(Cryptoki.C_GetInfo), result, Path)
            : $"{Trim(info.libraryDescription)} {info.libraryVersion.major}.{info.libraryVersion.minor} by {Trim(info.manufacturerID)}, Cryptoki {info.cryptokiVersion.major}.{info.cryptokiVersion.minor}";
    }

    public void CallIsStuck() => Interlocked.Increment(ref _stuckCalls);

    public void StuckCallReturned() => Interlocked.Decrement(ref _stuckCalls);

    /// <summary>Text of a fixed length, padded with blanks (PKCS #11 3.1).</summary>
    public static string Trim(ReadOnlySpan<byte> padded) => Encoding.UTF8.GetString(padded).TrimEnd(' ', '\0');

    private void AddUser()
    {
        lock (_initializing)
        {
            if (_users == 0)
            {
                Initialize();
            }

            _users++;
        }
    }
}
