using System.Diagnostics;
using System.Security.Cryptography;
using PkiCore.Responder.Configuration;

namespace PkiCore.Responder.Demo;

/// <summary>The responder's key of a demonstration CA on a token of SoftHSM, in the CA's folder. For trying out: it protects the key no better than a file does.</summary>
internal sealed class DemoToken(DemoLayout layout)
{
    public const string Variable = "SOFTHSM2_CONF";

    private const string Label = "demo";
    private const string KeyLabel = "ocsp";
    private const string Util = "softhsm2-util";

    private static readonly string[] s_modules =
    [
        "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so",
    ];

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    public string ConfigurationPath => layout.TokenConfiguration;

    private string PinPath => Path.Combine(layout.Token, "pin");

    private string TokensPath => Path.Combine(layout.Token, "tokens");

    /// <summary>The URI of the key.</summary>
    /// <param name="pinPath">How to write the path of the PIN file; the full path when <see langword="null"/>.</param>
    public string Uri(string? pinPath = null) =>
        $"pkcs11:token={Label};object={KeyLabel}?module-path={KeyUri.Escape(FindModule())}&pin-source=file:{KeyUri.Escape(pinPath ?? PinPath)}";

    /// <summary>Moves the key from its file to the token, unless it is there.</summary>
    /// <exception cref="ConfigurationException">SoftHSM is not installed, or does not do it.</exception>
    public void TakeKey()
    {
        FindModule();
        NativeEnvironment.Set(Variable, ConfigurationPath);
        if (!File.Exists(layout.ResponderKey))
        {
            return;
        }

        // The file is deleted last: while it is there, all that is on the token may be half of something.
        if (Directory.Exists(layout.Token))
        {
            Directory.Delete(layout.Token, recursive: true);
        }

        DemoFile.CreatePrivateDirectory(layout.Token);
        DemoFile.CreatePrivateDirectory(TokensPath);
        DemoFile.Write(ConfigurationPath, $"directories.tokendir = {TokensPath}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n");

        // The tool takes PINs from a terminal or its command line only. Without the folder, which is private, this one opens nothing.
        string pin = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        DemoFile.WritePrivate(PinPath, pin + "\n");
        Run("--init-token", "--free", "--label", Label, "--pin", pin, "--so-pin", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
        Run("--import", layout.ResponderKey, "--token", Label, "--label", KeyLabel, "--id", "01", "--pin", pin);
        File.Delete(layout.ResponderKey);
    }

    private static string FindModule() => Array.Find(s_modules, File.Exists) ?? throw NotInstalled("libsofthsm2.so");

    private static ConfigurationException NotInstalled(string what) =>
        new($"--hsm: {what} is not there. The demonstration's token is one of SoftHSM: install it (Debian: apt-get install softhsm2).");

    private static void Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Util, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> error = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(s_limit))
            {
                process.Kill();
                throw new ConfigurationException($"--hsm: {Util} {arguments[0]} does not end.");
            }

            if (process.ExitCode != 0)
            {
                throw new ConfigurationException($"--hsm: {Util} {arguments[0]} failed: {error.GetAwaiter().GetResult().Trim()} {output.GetAwaiter().GetResult().Trim()}");
            }
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new ConfigurationException(NotInstalled(Util).Message, e);
        }
    }
}
