using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Testing;

/// <summary>
/// Tokens of SoftHSM in a directory of their own. Keys come in by programs outside of this process, so that the module under test
/// finds what others made. The directory goes away with the test.
/// </summary>
public sealed class SoftHsm : IDisposable
{
    private const string Variable = "SOFTHSM2_CONF";

    private static readonly string[] s_modules = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so"];
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();

    public SoftHsm()
    {
        Directory.CreateDirectory(_directory.File("tokens"));
        File.WriteAllText(ConfigurationPath, $"""
            directories.tokendir = {_directory.File("tokens")}
            objectstore.backend = file
            log.level = ERROR
            slots.removable = false

            """);
    }

    /// <summary>SoftHSM itself; skips or fails the calling test where it is not installed.</summary>
    public static string ModulePath => s_modules.FirstOrDefault(File.Exists) ?? throw RequiredTool.Missing("libsofthsm2.so", Checkout.IsCI);

    public string FullPath => _directory.FullPath;

    public string ConfigurationPath => _directory.File("softhsm2.conf");

    /// <summary>What a child process needs to see these tokens.</summary>
    public IReadOnlyDictionary<string, string?> Environment => new Dictionary<string, string?> { [Variable] = ConfigurationPath };

    /// <summary>
    /// Makes these the tokens of SoftHSM in this process, for all that initialise <see cref="ModulePath"/> from now on. For one test at
    /// a time: the environment is one for the process. A <see cref="FaultyModule"/> without directives needs no such care.
    /// </summary>
    public void UseInThisProcess()
    {
        // What Environment.SetEnvironmentVariable sets stays in .NET; native code asks getenv.
        if (SetEnvironment(Variable, ConfigurationPath, 1) != 0)
        {
            throw new InvalidOperationException("setenv failed");
        }
    }

    public Task InitializeTokenAsync(string label, string pin, string soPin, CancellationToken cancellationToken) =>
        UtilAsync(["--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", soPin], cancellationToken);

    /// <summary>Puts a key pair on a token, as private and public key object.</summary>
    public Task ImportKeyAsync(
        string tokenLabel, string pin, string pkcs8PemPath, string label, string idHex, CancellationToken cancellationToken) =>
        UtilAsync(["--import", pkcs8PemPath, "--token", tokenLabel, "--label", label, "--id", idHex, "--pin", pin], cancellationToken);

    /// <inheritdoc cref="ImportKeyAsync(string, string, string, string, string, CancellationToken)"/>
    public async Task ImportKeyAsync(
        string tokenLabel, string pin, AsymmetricAlgorithm key, string label, string idHex, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        string path = _directory.File(Path.GetRandomFileName());
        await File.WriteAllTextAsync(path, key.ExportPkcs8PrivateKeyPem(), cancellationToken);
        await ImportKeyAsync(tokenLabel, pin, path, label, idHex, cancellationToken);
        File.Delete(path);
    }

    public async Task ImportCertificateAsync(
        string tokenLabel, string pin, X509Certificate2 certificate, string label, string idHex, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        string path = _directory.File(Path.GetRandomFileName());
        await File.WriteAllBytesAsync(path, certificate.RawData, cancellationToken);
        await ToolAsync(tokenLabel, pin, ["--write-object", path, "--type", "cert", "--label", label, "--id", idHex], cancellationToken);
        File.Delete(path);
    }

    /// <summary>Makes a key pair on the token.</summary>
    /// <param name="keyType">As pkcs11-tool names it: <c>EC:edwards25519</c>, <c>EC:secp256r1</c>, <c>rsa:2048</c>.</param>
    public Task GenerateKeyAsync(string tokenLabel, string pin, string keyType, string label, string idHex, CancellationToken cancellationToken) =>
        ToolAsync(tokenLabel, pin, ["--keypairgen", "--key-type", keyType, "--label", label, "--id", idHex], cancellationToken);

    /// <summary>Removes a token with all that is on it. Modules that are initialised already are not told.</summary>
    public Task DeleteTokenAsync(string label, CancellationToken cancellationToken) =>
        UtilAsync(["--delete-token", "--token", label], cancellationToken);

    public void Dispose() => _directory.Dispose();

    private Task<ToolResult> UtilAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        ToolProcess.RunCheckedAsync(RequiredTool.SoftHsmUtil, arguments, new ToolOptions { Timeout = s_limit, Environment = Environment }, cancellationToken);

    private Task<ToolResult> ToolAsync(string tokenLabel, string pin, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string?>(Environment) { ["PKICORE_PIN"] = pin };
        return ToolProcess.RunCheckedAsync(
            RequiredTool.Pkcs11Tool,
            ["--module", ModulePath, "--token-label", tokenLabel, "--login", "--pin", "env:PKICORE_PIN", .. arguments],
            new ToolOptions { Timeout = s_limit, Environment = environment },
            cancellationToken);
    }

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetEnvironment(string name, string value, int overwrite);
}
