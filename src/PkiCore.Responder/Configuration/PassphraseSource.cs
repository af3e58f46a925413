namespace PkiCore.Responder.Configuration;

/// <summary>Where a passphrase is kept, in OpenSSL's words: <c>file:PATH</c> (its first line) or <c>env:NAME</c>. Without one, the operator is asked if there is a terminal.</summary>
internal static class PassphraseSource
{
    public const string File = "file:";
    public const string Environment = "env:";

    public static bool IsValid(string source) =>
        (source.StartsWith(File, StringComparison.Ordinal) && source.Length > File.Length)
        || (source.StartsWith(Environment, StringComparison.Ordinal) && source.Length > Environment.Length);

    /// <summary>Gets the passphrase for a key; empty when it needs none.</summary>
    /// <param name="source">Where it is.</param>
    /// <param name="keyPath">The key.</param>
    /// <param name="mayAsk">Whether the operator may be asked: only at start, later nobody sits there.</param>
    /// <exception cref="ConfigurationException">It is not where it should be. No message contains a passphrase.</exception>
    public static string Read(string source, string keyPath, bool mayAsk)
    {
        if (source.StartsWith(Environment, StringComparison.Ordinal))
        {
            string name = source[Environment.Length..];
            return System.Environment.GetEnvironmentVariable(name)
                ?? throw new ConfigurationException($"The passphrase of '{keyPath}' should be in the environment variable {name}, which is not set.");
        }

        if (!source.StartsWith(File, StringComparison.Ordinal))
        {
            return !IsEncrypted(keyPath) ? ""
                : mayAsk && SecretPrompt.CanAsk ? SecretPrompt.Ask($"Passphrase of {keyPath}")
                : throw new ConfigurationException($"The key '{keyPath}' is encrypted; say with Signer.Passphrase where its passphrase is.");
        }

        string path = source[File.Length..];
        try
        {
            return System.IO.File.ReadLines(path).FirstOrDefault() ?? throw new ConfigurationException($"The passphrase of '{keyPath}' should be in '{path}', which is empty.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The passphrase of '{keyPath}' cannot be read: {e.Message}", e);
        }
    }

    private static bool IsEncrypted(string keyPath)
    {
        try
        {
            return System.IO.File.ReadAllText(keyPath).Contains("BEGIN ENCRYPTED PRIVATE KEY", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // whoever loads the key says it better
        }
    }
}
