using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Configuration.Json;
using PkiCore.Pkcs11;

namespace PkiCore.Responder.Configuration;

/// <summary>Reads settings from a JSON file and the environment, and checks them as a whole.</summary>
internal static class SettingsFile
{
    /// <summary>Variables begin with this: <c>RESPONDER_Ocsp__Validity=2.00:00:00</c>.</summary>
    public const string EnvironmentPrefix = "RESPONDER_";

    /// <summary>The section that belongs to .NET's logging and is not bound here.</summary>
    public const string LoggingSection = "Logging";

    /// <exception cref="ConfigurationException">The file or a setting in it cannot be used.</exception>
    public static ResponderSettings Load(string path, out IConfigurationRoot configuration)
    {
        path = Path.GetFullPath(path);
        configuration = Read(path);
        ResponderSettings settings = Bind(configuration, path);
        MakePathsAbsolute(settings, Path.GetDirectoryName(path)!);
        SettingsCheck.Check(settings, path);
        return settings;
    }

    /// <summary>The cluster alone, for commands: nothing else has to be there.</summary>
    /// <exception cref="ConfigurationException">The file or a setting of the cluster cannot be used.</exception>
    public static GaleraSettings LoadGalera(string path)
    {
        path = Path.GetFullPath(path);
        ResponderSettings settings = Bind(Read(path), path);
        MakePathsAbsolute(settings, Path.GetDirectoryName(path)!);
        var faults = new List<string>();
        GaleraSettings galera = settings.Galera ?? throw new ConfigurationException($"{path}: Galera: is missing; describe the cluster.");
        GaleraSettingsCheck.Check(galera, faults);
        return faults.Count == 0 ? galera : throw new ConfigurationException($"{path}: {string.Join($"{Environment.NewLine}{path}: ", faults)}");
    }

    private static IConfigurationRoot Read(string path)
    {
        try
        {
            // Read into memory: the provider would otherwise watch the file, and changes are taken as a whole or not at all.
            using var content = new MemoryStream(File.ReadAllBytes(path));
            return new ConfigurationBuilder()
                .Add(new JsonStreamConfigurationSource { Stream = content })
                .AddEnvironmentVariables(EnvironmentPrefix)
                .Build();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The configuration cannot be read: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw new ConfigurationException($"{path}, line {e.LineNumber + 1}: {FirstSentence(e.Message)}", e);
        }
        catch (FormatException e)
        {
            string where = e.InnerException is JsonException json ? $"{path}, line {json.LineNumber + 1}" : path;
            throw new ConfigurationException($"{where}: {FirstSentence((e.InnerException ?? e).Message)}", e);
        }
    }

    private static ResponderSettings Bind(IConfigurationRoot configuration, string path)
    {
        var settings = new ResponderSettings();
        try
        {
            KeyValuePair<string, string?>[] all = [.. KeyLists.Normalize(configuration).Where(setting => !setting.Key.StartsWith(LoggingSection, StringComparison.OrdinalIgnoreCase))];
            CheckNames(new ConfigurationBuilder().AddInMemoryCollection(all).Build(), typeof(ResponderSettings), path);
            IConfigurationRoot bound = new ConfigurationBuilder().AddInMemoryCollection(all.Where(IsSet)).Build();

            // The ready list of hashes would be added to, not replaced.
            settings.Ocsp.PreparedHashes = bound.GetSection("Ocsp:PreparedHashes").Exists() ? [] : settings.Ocsp.PreparedHashes;
            bound.Bind(settings, options => options.ErrorOnUnknownConfiguration = true);
            return settings;
        }
        catch (InvalidOperationException e)
        {
            throw new ConfigurationException($"{path}: {(e.InnerException as InvalidOperationException ?? e).Message}", e);
        }
    }

    /// <summary>A null counts as not set, but keeps its place in a list.</summary>
    private static bool IsSet(KeyValuePair<string, string?> setting) => setting.Value is not null
        || (char.IsAsciiDigit(setting.Key[^1]) && !setting.Key.StartsWith("Ocsp:", StringComparison.OrdinalIgnoreCase)); // no hash can be null

    /// <summary>A misspelt setting is an error, not a default that nobody wanted.</summary>
    private static void CheckNames(IConfiguration section, Type type, string path)
    {
        foreach (IConfigurationSection child in section.GetChildren())
        {
            Type? found = type.IsGenericType
                ? int.TryParse(child.Key, CultureInfo.InvariantCulture, out _) ? type.GetGenericArguments()[0] : null
                : type.GetProperties().FirstOrDefault(property => IsSetting(property) && property.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase))?.PropertyType;
            CheckNames(child, found ?? throw new ConfigurationException($"{path}: there is no setting '{child.Path}' (environment variables that begin with {EnvironmentPrefix} count too)."), path);
        }
    }

    /// <summary>Not all that options have can be written as text.</summary>
    private static bool IsSetting(PropertyInfo property) => property.CanWrite && !typeof(Delegate).IsAssignableFrom(property.PropertyType)
        && property.PropertyType != typeof(ILoggerFactory) && property.PropertyType != typeof(TimeProvider);

    /// <summary>Paths in the file are relative to the file's folder.</summary>
    private static void MakePathsAbsolute(ResponderSettings settings, string folder)
    {
        settings.Ocsp.SnapshotDirectory = settings.Ocsp.SnapshotDirectory is { Length: > 0 } directory ? Path.TrimEndingDirectorySeparator(Absolute(directory)) : null;
        MakeAbsolute(settings.Galera);
        foreach (IssuerSettings issuer in settings.Issuers)
        {
            issuer.Certificate = Absolute(issuer.Certificate);
            issuer.Index = Absolute(issuer.Index);
            foreach (SignerSettings signer in issuer.AllSigners)
            {
                signer.Certificate = Absolute(signer.Certificate);
                MakeKeyAbsolute(signer);
            }

            if (issuer.Crl is { } crl)
            {
                crl.Directory = Path.TrimEndingDirectorySeparator(Absolute(crl.Directory));
                MakeKeyAbsolute(crl);
            }

            if (issuer.CrlSource is { } source)
            {
                source.Path = Absolute(source.Path);
                source.IssuedSerials = Absolute(source.IssuedSerials);
                source.CrlIssuers = source.CrlIssuers.ConvertAll(path => Absolute(path ?? ""));
            }
        }

        void MakeAbsolute(GaleraSettings? galera)
        {
            if (galera is null)
            {
                return;
            }

            galera.CaFile = Absolute(galera.CaFile);
            foreach ((_, GaleraUserSettings user) in galera.Users)
            {
                (user.Certificate, user.Key, user.PasswordFile) = (Absolute(user.Certificate), Absolute(user.Key), Absolute(user.PasswordFile));
            }
        }

        void MakeKeyAbsolute(KeySettings signer)
        {
            signer.Key = signer.Key.ConvertAll(key => Pkcs11Uri.HasScheme(key) ? KeyUri.MakePathsAbsolute(key, folder) : Absolute(key ?? ""));
            if (signer.Passphrase.StartsWith(PassphraseSource.File, StringComparison.Ordinal))
            {
                signer.Passphrase = PassphraseSource.File + Absolute(signer.Passphrase[PassphraseSource.File.Length..]);
            }
        }

        string Absolute(string path) => path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) ? path : Path.GetFullPath(path, folder);
    }

    private static string FirstSentence(string message) => message.Split(". ")[0].TrimEnd('.') + ".";
}
