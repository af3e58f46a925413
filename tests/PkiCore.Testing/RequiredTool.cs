namespace PkiCore.Testing;

/// <summary>Finds the external programs that some tests need. Without the program a test is skipped; in CI it fails.</summary>
public static class RequiredTool
{
    // xunit.v3 reports an exception whose message begins like this as a skip (DynamicSkipToken in xunit.v3.common); Assert.Skip
    // throws the same. Used as text, it keeps this library free of a test framework.
    private const string DynamicSkip = "$XunitDynamicSkip$";

    public static string OpenSsl => Find("openssl");

    public static string OcspTool => Find("ocsptool");

    public static string Curl => Find("curl");

    public static string Nginx => Find("nginx");

    public static string SoftHsmUtil => Find("softhsm2-util");

    public static string Pkcs11Tool => Find("pkcs11-tool");

    /// <summary>The full path of a program; skips or fails the calling test when it is not installed.</summary>
    public static string Find(string name) => TryFind(name) ?? throw Missing(name, Checkout.IsCI);

    public static string? TryFind(string name)
    {
        // Debian keeps nginx in sbin, which is not in every user's PATH.
        string folders = $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/usr/local/sbin";
        return folders.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }

    public static Exception Missing(string name, bool isCI) => Missing($"{name} is not installed", "tests/run.sh installs it", isCI);

    /// <summary>Skips the calling test, or fails it in CI.</summary>
    /// <param name="fault">What is missing.</param>
    /// <param name="remedy">What to do about it.</param>
    /// <param name="isCI">Whether nothing may be skipped.</param>
    public static Exception Missing(string fault, string remedy, bool isCI) => isCI
        ? new FileNotFoundException($"{fault}, and CI skips nothing. {remedy}.")
        : new InvalidOperationException($"{DynamicSkip}{fault}; {remedy}.");
}
