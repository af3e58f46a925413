using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace PkiCore.Testing;

/// <summary>
/// An instance of the PKCS#11 module in tests/native: SoftHSM with tokens of its own, and with faults on order. Several work in one
/// process at the same time. tests/native/README.md has the directives.
/// </summary>
/// <remarks>The library stays loaded until the process ends: a thread may be hanging in it, or be on its way out.</remarks>
public sealed class FaultyModule : IDisposable
{
    private readonly SoftHsm _tokens = new();
    private readonly Func<int> _refresh;
    private readonly CallsFunction _calls;
    private readonly Func<nuint> _openSessions;

    private FaultyModule()
    {
        try
        {
            // Copies, not links: the loader takes two names of one file for one library, which would share its globals.
            File.Copy(SoftHsm.ModulePath, Path.Combine(_tokens.FullPath, "libsofthsm2.so"));
            File.Copy(NativeBuild.FaultyModule, ModulePath);
            nint library = NativeLibrary.Load(ModulePath);
            _refresh = Marshal.GetDelegateForFunctionPointer<RefreshFunction>(NativeLibrary.GetExport(library, "faulty_refresh")).Invoke;
            _calls = Marshal.GetDelegateForFunctionPointer<CallsFunction>(NativeLibrary.GetExport(library, "faulty_calls"));
            _openSessions = Marshal.GetDelegateForFunctionPointer<OpenSessionsFunction>(NativeLibrary.GetExport(library, "faulty_open_sessions")).Invoke;
        }
        catch
        {
            _tokens.Dispose();
            throw;
        }
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int RefreshFunction();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private delegate nuint CallsFunction(string function);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nuint OpenSessionsFunction();

    /// <summary>The module to load.</summary>
    public string ModulePath => Path.Combine(_tokens.FullPath, "libfaulty.so");

    /// <summary>The tokens, for what is not repeated here.</summary>
    public SoftHsm Tokens => _tokens;

    /// <summary>Sessions that are open in this process now.</summary>
    public int OpenSessions => checked((int)_openSessions());

    /// <summary>An instance without tokens and without faults.</summary>
    public static FaultyModule Create() => new();

    /// <summary>An instance with one token.</summary>
    public static async Task<FaultyModule> CreateAsync(string tokenLabel, string pin, CancellationToken cancellationToken)
    {
        FaultyModule module = Create();
        try
        {
            await module.InitializeTokenAsync(tokenLabel, pin, "so-" + pin, cancellationToken);
            return module;
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="SoftHsm.InitializeTokenAsync"/>
    public Task InitializeTokenAsync(string label, string pin, string soPin, CancellationToken cancellationToken) =>
        _tokens.InitializeTokenAsync(label, pin, soPin, cancellationToken);

    /// <inheritdoc cref="SoftHsm.ImportKeyAsync(string, string, string, string, string, CancellationToken)"/>
    public Task ImportKeyAsync(string tokenLabel, string pin, string pkcs8PemPath, string label, string idHex, CancellationToken cancellationToken) =>
        _tokens.ImportKeyAsync(tokenLabel, pin, pkcs8PemPath, label, idHex, cancellationToken);

    /// <inheritdoc cref="SoftHsm.ImportKeyAsync(string, string, string, string, string, CancellationToken)"/>
    public Task ImportKeyAsync(string tokenLabel, string pin, AsymmetricAlgorithm key, string label, string idHex, CancellationToken cancellationToken) =>
        _tokens.ImportKeyAsync(tokenLabel, pin, key, label, idHex, cancellationToken);

    /// <summary>Replaces all directives. They hold when this returns, and numbers of calls start afresh.</summary>
    public void Set(params string[] directives)
    {
        string control = Path.Combine(_tokens.FullPath, "control");
        File.WriteAllLines(control + ".new", directives);
        File.Move(control + ".new", control, overwrite: true);
        if (_refresh() is int line and > 0)
        {
            throw new ArgumentException($"Not a directive: {directives[line - 1]}", nameof(directives));
        }
    }

    /// <summary>Takes all directives back: hanging calls go on, a token that is gone returns.</summary>
    public void Clear() => Set();

    /// <summary>How often this process has called a function since the instance was made, whatever came of it.</summary>
    public int Calls(string function) => _calls(function) is nuint count && count != nuint.MaxValue
        ? checked((int)count)
        : throw new ArgumentException($"Calls of {function} are not counted.", nameof(function));

    /// <summary>Lets hanging calls go on, and removes the files.</summary>
    public void Dispose()
    {
        Clear();
        _tokens.Dispose();
    }
}
