using PkiCore.Responder.Configuration;
using PkiCore.Signing;

namespace PkiCore.Responder.Hosting;

/// <summary>The keys that sign CRLs, when the configuration is applied again: kept as long as nothing is gained by others, like those that sign answers.</summary>
internal static class CrlKeys
{
    /// <summary>Takes over what has not changed, without reading it again.</summary>
    /// <returns><see langword="null"/> when it has to be loaded.</returns>
    public static LoadedIssuer? Reuse(LoadedIssuer wanted, IEnumerable<LoadedIssuer> before)
    {
        string files = IssuerLoader.FingerprintCrl(wanted.Settings);
        return files.Length > 0 && before.FirstOrDefault(issuer => issuer.CrlKey is { Signer: not null, Problems.Count: 0 } && issuer.CrlFiles == files) is { } same
            ? wanted with { CrlKey = same.CrlKey, CrlFiles = files }
            : null;
    }

    /// <summary>Another try that brings no more keys than before changes nothing.</summary>
    public static LoadedIssuer KeepUnlessBetter(LoadedIssuer loaded, LoadedIssuer? before, List<ISigner> known)
    {
        if (loaded.CrlKey is not { Signer: { } other } key || before?.CrlKey is not { Signer: { } signer } old || signer == other || before.CrlFiles != loaded.CrlFiles || old.Keys < key.Keys)
        {
            return loaded;
        }

        known.Remove(other);
        other.Dispose();
        return loaded with { CrlKey = key with { Signer = signer, Keys = old.Keys } };
    }

    /// <exception cref="ConfigurationException">CRLs that are published now would not be.</exception>
    public static void CheckReplacement(LoadedIssuer next, LoadedIssuer? before, string section)
    {
        if (before?.CrlKey?.Signer is null || next.Settings.Crl is not { } settings)
        {
            return;
        }

        if (FindFault(next) is { } fault)
        {
            throw new ConfigurationException(fault);
        }

        if (settings.Directory != before.Settings.Crl?.Directory && PublishingFolder.FindFaultInTime(settings.Directory) is { } folderFault)
        {
            throw new ConfigurationException($"{section}.Crl.Directory: {folderFault}");
        }
    }

    /// <summary>Why no key of a CA signs CRLs; <see langword="null"/> when one does, or none is wanted.</summary>
    public static string? FindFault(LoadedIssuer issuer) =>
        issuer.CrlKey is { Signer: null } key ? $"{issuer.Issuer?.Name}: nothing signs its CRLs: {string.Join("; ", key.Problems)}" : null;

    /// <summary>Why some keys do not sign although others do.</summary>
    public static IReadOnlyList<string> FindProblems(LoadedIssuer issuer) => issuer.CrlKey is { Signer: not null } key ? key.Problems : [];
}
