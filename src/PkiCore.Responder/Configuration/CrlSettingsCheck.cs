using PkiCore.Crl.Following;
using PkiCore.Crl.Reading;
using PkiCore.Crl;

namespace PkiCore.Responder.Configuration;

/// <summary>Checks what is said of CRLs, those that are published and those that are a source.</summary>
internal static class CrlSettingsCheck
{
    private const int MaxShards = 10_000;

    /// <summary>Two CAs that publish need directories and paths of their own: the names of the files are the same. And no source is what rests on it.</summary>
    public static void CheckTogether(IReadOnlyList<IssuerSettings> issuers, List<string> faults)
    {
        for (int i = 0; i < issuers.Count; i++)
        {
            if (issuers[i] is { Crl: { Directory.Length: > 0 } own, CrlSource: { } source } && (source.Path + "/").StartsWith(own.Directory + "/", StringComparison.Ordinal))
            {
                faults.Add($"Issuers[{i}].CrlSource.Path: '{source.Path}' is where its CRLs are published; they cannot rest on themselves.");
            }

            for (int j = 0; j < i; j++)
            {
                if (issuers[i].Crl is { } crl && issuers[j].Crl is { } other)
                {
                    AddIf(crl.Prefix == other.Prefix || crl.Prefix == other.PublishedPrefix || crl.PublishedPrefix == other.Prefix, $"Path: '{crl.Path}' is that of Issuers[{j}] too; each needs one of its own.");
                    AddIf(crl.Directory.Length > 0 && crl.Directory == other.Directory, $"Directory: '{crl.Directory}' is that of Issuers[{j}] too; each needs one of its own.");
                }
            }

            void AddIf(bool isWrong, string fault)
            {
                if (isWrong)
                {
                    faults.Add($"Issuers[{i}].Crl.{fault}");
                }
            }
        }
    }

    public static void Check(CrlSettings crl, string name, TimeSpan maxSourceAge, List<string> faults)
    {
        if (OperatingSystem.IsWindows())
        {
            faults.Add($"{name}: CRLs are published with links and renames that this system does not have.");
        }

        int before = faults.Count;
        if (crl.IsSigned)
        {
            SignerSettingsCheck.CheckKey(crl, name, "CRLs: the CA's own", faults);
        }

        CheckPath(crl.Directory, $"{name}.Directory", "where the CRLs are published", faults);
        CheckRoute(crl.Path, $"{name}.Path", faults);
        CheckUris(crl, name, faults);
        if (crl is { OnlyContainsUserCerts: true, OnlyContainsCACerts: true })
        {
            faults.Add($"{name}: OnlyContainsUserCerts and OnlyContainsCACerts contradict each other (RFC 5280 5.2.5).");
        }

        if (faults.Count == before)
        {
            SettingsCheck.CheckRanges(name, () => CrlPlan.ToOptions(crl, maxSourceAge).Validated(), faults);
        }
    }

    /// <summary>CRLs that are distributed need the database, and a user who may do that.</summary>
    public static void CheckDistribution(CrlSettings crl, string name, GaleraSettings? galera, List<string> faults)
    {
        CheckUri(crl.PublishedUri, $"{name}.PublishedUri", faults);
        string user = crl.IsSigned ? nameof(GaleraSettings.Publisher) : nameof(GaleraSettings.Edge);
        if (crl.Distribution is not ("" or CrlSettings.Publish or CrlSettings.Receive))
        {
            faults.Add($"{name}.Distribution: '{crl.Distribution}' is neither '{CrlSettings.Publish}' nor '{CrlSettings.Receive}'.");
        }
        else if (crl.IsDistributed && (crl.IsSigned ? galera?.Publisher : galera?.Edge) is null)
        {
            faults.Add($"{name}.Distribution: needs the section Galera, with Nodes and the user {user}.");
        }

        if (crl.PublishedUri.Length > 0 && crl.Distribution != CrlSettings.Publish)
        {
            faults.Add($"{name}.PublishedUri: says where others find what is published here, but without Distribution '{CrlSettings.Publish}' nobody looks.");
        }
    }

    public static void Check(CrlSourceSettings source, string name, List<string> faults)
    {
        CheckPath(source.Path, $"{name}.Path", "a CRL, or a directory of them", faults);
        SignerSettingsCheck.CheckCharacters($"{name}.IssuedSerials", source.IssuedSerials, faults);
        for (int i = 0; i < source.CrlIssuers.Count; i++)
        {
            CheckPath(source.CrlIssuers[i] ?? "", $"{name}.CrlIssuers[{i}]", "a certificate", faults);
        }

        if (source is { UnlistedAreGood: true, IssuedSerials.Length: > 0 })
        {
            faults.Add($"{name}: UnlistedAreGood and IssuedSerials contradict each other: with the first no list of what was issued counts.");
        }
    }

    private static void CheckPath(string path, string name, string what, List<string> faults)
    {
        if (path.Length == 0)
        {
            faults.Add($"{name}: is missing; name {what}.");
        }

        SignerSettingsCheck.CheckCharacters(name, path, faults);
    }

    /// <summary>Clients write it as it is; nothing in it has to be escaped.</summary>
    private static void CheckRoute(string path, string name, List<string> faults)
    {
        bool isPath = path.StartsWith('/') && !path.Contains("//", StringComparison.Ordinal) && path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.' or '~')
            && !path.Split('/').Any(segment => segment is "." or "..");
        if (!isPath)
        {
            faults.Add($"{name}: '{path}' has to be a path such as /crl; letters, digits, '-', '_', '.', '~' and slashes make one.");
        }
    }

    private static void CheckUris(CrlSettings crl, string name, List<string> faults)
    {
        CheckUri(crl.Uri, $"{name}.Uri", faults);
        CheckUri(crl.FreshestUri, $"{name}.FreshestUri", faults);
        for (int i = 0; i < crl.CaIssuers.Count; i++)
        {
            CheckUri(crl.CaIssuers[i] ?? "", $"{name}.CaIssuers[{i}]", faults);
        }

        string deltas = crl.Shards is null ? crl.FreshestUri : crl.Shards.DeltaUri;
        if (deltas.Length > 0 && crl.DeltaInterval is null)
        {
            faults.Add($"{name}.{(crl.Shards is null ? "FreshestUri" : "Shards.DeltaUri")}: says where delta CRLs are, but without DeltaInterval there are none.");
        }

        if (crl.Shards is { } shards)
        {
            CheckShards(crl, shards, name, faults);
        }
    }

    private static void CheckShards(CrlSettings crl, CrlShardSettings shards, string name, List<string> faults)
    {
        if (shards.Count is < 1 or > MaxShards)
        {
            faults.Add($"{name}.Shards.Count: has to be 1 to {MaxShards}.");
        }

        if (crl.Uri.Length + crl.FreshestUri.Length > 0)
        {
            faults.Add($"{name}: with Shards there is Shards.Uri and Shards.DeltaUri, not Uri and FreshestUri.");
        }

        if (shards.Uri.Length == 0)
        {
            faults.Add($"{name}.Shards.Uri: is missing; name what the certificates' distribution points say, with {{0}} for the number of the shard.");
        }

        CheckPattern(shards.Uri, $"{name}.Shards.Uri", faults);
        CheckPattern(shards.DeltaUri, $"{name}.Shards.DeltaUri", faults);
    }

    private static void CheckPattern(string pattern, string name, List<string> faults)
    {
        if (pattern.Length == 0)
        {
            return;
        }

        try
        {
            CheckUri(CrlPlan.Fill(pattern, 0), name, faults);
            if (CrlPlan.Fill(pattern, 0) == CrlPlan.Fill(pattern, 1))
            {
                faults.Add($"{name}: '{pattern}' is the same for all shards; put {{0}} where the number belongs, {{0:000}} for three digits.");
            }
        }
        catch (FormatException)
        {
            faults.Add($"{name}: '{pattern}' cannot be read: {{0}} stands for the number of the shard, {{0:000}} for three digits of it.");
        }
    }

    /// <summary>Clients compare it byte by byte with that of a certificate, so that it is not changed here.</summary>
    private static void CheckUri(string uri, string name, List<string> faults)
    {
        if (uri.Length > 0 && !(Uri.TryCreate(uri, UriKind.Absolute, out Uri? parsed) && parsed.Scheme is "http" or "https" or "ldap" && Uri.IsWellFormedUriString(uri, UriKind.Absolute) && uri.All(char.IsAscii)))
        {
            faults.Add($"{name}: '{uri}' is no URI of the form http://HOST/PATH.");
        }
    }
}
