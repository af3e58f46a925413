using PkiCore.Pkcs11;

namespace PkiCore.Responder.Configuration;

/// <summary>Checks what is to sign the answers of a CA.</summary>
internal static class SignerSettingsCheck
{
    private const int MaxKeys = 32;

    public static void Check(SignerSettings signer, string name, List<string> faults)
    {
        CheckCharacters($"{name}.Certificate", signer.Certificate, faults);
        CheckKey(signer, name, "answers", faults);
    }

    /// <param name="key">The key.</param>
    /// <param name="name">The section it is in.</param>
    /// <param name="signs">What it signs, for the message.</param>
    /// <param name="faults">Gets what is wrong.</param>
    public static void CheckKey(KeySettings key, string name, string signs, List<string> faults)
    {
        CheckKeys(key.Key, $"{name}.Key", signs, faults);
        CheckPassphrase(key.Passphrase, $"{name}.Passphrase", faults);
        CheckAlgorithm(key.Algorithm, $"{name}.Algorithm", faults);
    }

    public static void CheckCharacters(string name, string path, List<string> faults)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            faults.Add($"{name}: contains a NUL character, which no path can.");
        }
    }

    private static void CheckKeys(List<string> keys, string name, string signs, List<string> faults)
    {
        if (keys.Count == 0 || keys.TrueForAll(string.IsNullOrEmpty))
        {
            faults.Add($"{name}: is missing; name the private key that signs {signs}, by a path or a pkcs11: URI.");
            return;
        }

        if (keys.Count > MaxKeys)
        {
            faults.Add($"{name}: names {keys.Count} keys; {MaxKeys} can be used at most.");
        }

        for (int i = 0; i < keys.Count; i++)
        {
            string item = keys.Count == 1 ? name : $"{name}[{i}]";
            if (Pkcs11Uri.HasScheme(keys[i]))
            {
                string? fault = keys.IndexOf(keys[i]) < i ? "is there twice." : KeyUri.FindFault(keys[i]);
                faults.AddRange(fault is null ? [] : [$"{item}: {fault}"]);
            }
            else if (keys.Count > 1)
            {
                faults.Add($"{item}: is no pkcs11: URI; several keys have to be one key on several tokens.");
            }

            CheckCharacters(item, keys[i] ?? "", faults);
        }
    }

    private static void CheckPassphrase(string source, string name, List<string> faults)
    {
        CheckCharacters(name, source, faults);
        if (source.Length > 0 && !PassphraseSource.IsValid(source))
        {
            faults.Add($"{name}: has to be file:PATH or env:NAME; a passphrase itself does not belong here.");
        }
    }

    private static void CheckAlgorithm(string algorithm, string name, List<string> faults)
    {
        if (algorithm.Length > 0 && SignatureAlgorithms.Find(algorithm) is null)
        {
            faults.Add($"{name}: '{algorithm}' is no signature algorithm; there are {SignatureAlgorithms.Names}.");
        }
    }
}
