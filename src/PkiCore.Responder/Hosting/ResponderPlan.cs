using System.Text.Json;
using PkiCore.Responder.Configuration;

namespace PkiCore.Responder.Hosting;

/// <summary>What the process is to do: settings, and where they came from. Immutable.</summary>
/// <param name="Settings">The settings.</param>
/// <param name="ConfigurationPath">The file; <see langword="null"/> when the settings came from the command line.</param>
/// <param name="Logging">The section for .NET's logging.</param>
internal sealed record ResponderPlan(ResponderSettings Settings, string? ConfigurationPath, IConfiguration? Logging)
{
    /// <summary>What the file looked like when it was read.</summary>
    public string FileState { get; } = DescribeFile(ConfigurationPath);

    /// <exception cref="ConfigurationException">The file or a setting in it cannot be used.</exception>
    public static ResponderPlan FromFile(string path)
    {
        ResponderSettings settings = SettingsFile.Load(path, out IConfigurationRoot configuration);
        return new ResponderPlan(settings, path, configuration.GetSection(SettingsFile.LoggingSection));
    }

    public ResponderPlan Reload() => ConfigurationPath is null ? this : FromFile(ConfigurationPath);

    public string DescribeFile() => DescribeFile(ConfigurationPath);

    /// <summary>Whether everything but the issuers is the same.</summary>
    public bool HasSameServers(ResponderPlan other) => Describe(Settings) == Describe(other.Settings);

    private static string Describe(ResponderSettings settings) =>
        JsonSerializer.Serialize(new { settings.ListenUrls, settings.Management, settings.Ocsp, settings.Http, settings.Connections, settings.Galera, Pkcs11 = settings.Pkcs11.ToString() });

    private static string DescribeFile(string? path) => path is null ? "" : Hosting.FileState.Describe(path);
}
