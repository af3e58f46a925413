using System.Data.Common;
using System.Globalization;
using System.Reflection;
using PkiCore.Galera;
using PkiCore.MariaDb;
using PkiCore.Responder.Configuration;

namespace PkiCore.Responder.Hosting;

/// <summary>Makes clusters from settings.</summary>
internal static class GaleraClusters
{
    /// <summary>The cluster as a user sees it; it is not started, and connects to nothing yet.</summary>
    /// <exception cref="ConfigurationException">The provider cannot be used, or the user's password not be read.</exception>
    public static GaleraCluster Create(GaleraSettings settings, GaleraUserSettings user, TimeProvider timeProvider, ILoggerFactory loggerFactory, System.Diagnostics.Metrics.IMeterFactory? meterFactory = null) =>
        new(ToOptions(settings, [.. settings.Nodes.Select(node => new GaleraNode(NameOf(node), CreateDataSource(settings, node, user, timeProvider)))]), timeProvider, loggerFactory, meterFactory);

    /// <summary>The data source of the first node, for those who need no choice of nodes.</summary>
    public static DbDataSource CreateDataSource(GaleraSettings settings, GaleraNodeSettings node, GaleraUserSettings user, TimeProvider timeProvider)
    {
        if (settings.Provider.Length > 0)
        {
            return FindFactory(settings.Provider).CreateDataSource(Fill(settings, node, user));
        }

        var connection = new MariaDbConnectionStringBuilder
        {
            Server = node.Host,
            Port = node.Port,
            Database = settings.Database,
            CaFile = settings.CaFile,
            User = user.User,
            ConnectTimeout = Math.Max(1, (int)Math.Ceiling(settings.ProbeTimeout.TotalSeconds)),
        };
        SetIf(user.Certificate, value => connection.CertificateFile = value);
        SetIf(user.Key, value => connection.KeyFile = value);
        SetIf(user.PasswordFile, value => connection.PasswordFile = value);
        return new MariaDbDataSource(connection, timeProvider);
    }

    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public static void Check(GaleraSettings settings) => GaleraCluster.Check(ToOptions(settings, [.. settings.Nodes.Select(node => new GaleraNode(NameOf(node), NoDataSource.Instance))]));

    private static GaleraOptions ToOptions(GaleraSettings settings, IReadOnlyList<GaleraNode> nodes) => new()
    {
        Nodes = nodes,
        ProbeInterval = settings.ProbeInterval,
        ProbeTimeout = settings.ProbeTimeout,
        ReadInterval = settings.ReadInterval,
        CausalTimeout = settings.CausalTimeout,
        ComparisonInterval = settings.ComparisonInterval,
        MaxClockOffset = settings.MaxClockOffset,
        PreferredSegment = settings.PreferredSegment,
        AllowDonor = settings.AllowDonor,
        MinDataNodes = settings.MinDataNodes,
    };

    private static string NameOf(GaleraNodeSettings node) => node.Name.Length > 0 ? node.Name : node.Host;

    private static void SetIf(string value, Action<string> set)
    {
        if (value.Length > 0)
        {
            set(value);
        }
    }

    private static DbProviderFactory FindFactory(string name)
    {
        Type type = Type.GetType(name) ?? throw new ConfigurationException($"Galera.Provider: there is no type '{name}'; write NAMESPACE.FACTORY, ASSEMBLY, and put the assembly beside this program.");
        return type.GetField("Instance", BindingFlags.Public | BindingFlags.Static)?.GetValue(null) as DbProviderFactory
            ?? throw new ConfigurationException($"Galera.Provider: '{name}' is no DbProviderFactory with a field Instance.");
    }

    internal static string Fill(GaleraSettings settings, GaleraNodeSettings node, GaleraUserSettings user)
    {
        string password = user.PasswordFile.Length == 0 ? "" : File.ReadLines(user.PasswordFile).FirstOrDefault() ?? "";

        // Value by value, so that each is quoted: a password with a semicolon would be cut off, and its rest stand in an error message as an unknown key.
        var connection = new DbConnectionStringBuilder { ConnectionString = settings.ConnectionString };
        foreach (string key in connection.Keys.Cast<string>().ToArray())
        {
            connection[key] = ((string)connection[key])
                .Replace("{Host}", node.Host, StringComparison.Ordinal)
                .Replace("{Port}", node.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("{Database}", settings.Database, StringComparison.Ordinal)
                .Replace("{User}", user.User, StringComparison.Ordinal)
                .Replace("{CaFile}", settings.CaFile, StringComparison.Ordinal)
                .Replace("{Certificate}", user.Certificate, StringComparison.Ordinal)
                .Replace("{Key}", user.Key, StringComparison.Ordinal)
                .Replace("{Password}", password, StringComparison.Ordinal);
        }

        return connection.ConnectionString;
    }

    /// <summary>Stands for a node whose settings are only checked.</summary>
    private sealed class NoDataSource : DbDataSource
    {
        public static NoDataSource Instance { get; } = new();

        public override string ConnectionString => "";

        protected override DbConnection CreateDbConnection() => throw new NotSupportedException();
    }
}
