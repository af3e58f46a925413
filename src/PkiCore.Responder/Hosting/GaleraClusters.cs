using System.Data.Common;
using System.Globalization;
using System.Reflection;
using PkiCore.Galera;
using PkiCore.MariaDb;
using PkiCore.Responder.Configuration;

namespace PkiCore.Responder.Hosting;

/// <summary>As whom a cluster is used.</summary>
internal enum GaleraRole
{
    /// <summary>Reads.</summary>
    Edge,

    /// <summary>Issues and revokes.</summary>
    Writer,

    /// <summary>Publishes CRLs, and prunes.</summary>
    Publisher,

    /// <summary>Makes tables.</summary>
    Admin,
}

/// <summary>The cluster of the configuration as several users, each made when it is first asked for. Not safe for use from several threads.</summary>
internal sealed class GaleraClusters(GaleraSettings settings, TimeProvider timeProvider, ILoggerFactory loggerFactory) : IAsyncDisposable
{
    private readonly Dictionary<GaleraRole, GaleraCluster> _clusters = [];
    private readonly List<DbDataSource> _sources = [];

    /// <summary>The cluster as a user sees it; not started yet.</summary>
    /// <exception cref="ConfigurationException">There is no such user, or the provider cannot be used.</exception>
    public GaleraCluster Get(GaleraRole role)
    {
        if (!_clusters.TryGetValue(role, out GaleraCluster? cluster))
        {
            cluster = new GaleraCluster(CreateOptions(role), timeProvider, loggerFactory);
            _clusters.Add(role, cluster);
        }

        return cluster;
    }

    /// <summary>One node as a user sees it.</summary>
    /// <exception cref="ConfigurationException">There is no such user, or the provider cannot be used.</exception>
    public DbDataSource Open(GaleraNodeSettings node, GaleraRole role)
    {
        GaleraUserSettings user = FindUser(role);
        try
        {
            DbDataSource source = settings.Provider is { } provider ? OpenWith(provider, node, user) : OpenBuiltIn(node, user);
            _sources.Add(source);
            return source;
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException or NotSupportedException or DllNotFoundException)
        {
            throw new ConfigurationException($"Galera: {GaleraSettingsCheck.NameOf(node)}: {e.Message}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (GaleraCluster cluster in _clusters.Values)
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
        }

        foreach (DbDataSource source in _sources)
        {
            await source.DisposeAsync().ConfigureAwait(false);
        }
    }

    private GaleraOptions CreateOptions(GaleraRole role) => new()
    {
        Nodes = [.. settings.Nodes.Select(node => new GaleraNode(GaleraSettingsCheck.NameOf(node), Open(node, role)))],
        ProbeInterval = settings.ProbeInterval,
        ProbeTimeout = settings.ProbeTimeout,
        ReadInterval = settings.ReadInterval,
        CausalTimeout = settings.CausalTimeout,
        MaxClockOffset = settings.MaxClockOffset,
        MinDataNodes = settings.MinDataNodes,
        AllowDonor = settings.AllowDonor,
        PreferredSegment = settings.Segment,
    };

    private GaleraUserSettings FindUser(GaleraRole role) => role switch
    {
        GaleraRole.Edge => settings.Users.Edge,
        GaleraRole.Writer => settings.Users.Writer,
        GaleraRole.Publisher => settings.Users.Publisher,
        _ => settings.Users.Admin,
    } ?? throw new ConfigurationException($"Galera.Users.{role}: is missing; this needs that user.");

    private MariaDbDataSource OpenBuiltIn(GaleraNodeSettings node, GaleraUserSettings user)
    {
        var connection = new MariaDbConnectionStringBuilder { Server = node.Host, Port = node.Port, Database = settings.Database, User = user.User, CaFile = settings.CaFile };
        if (user.Certificate.Length > 0)
        {
            connection.CertificateFile = user.Certificate;
            connection.KeyFile = user.Key;
        }

        if (user.PasswordFile.Length > 0)
        {
            connection.PasswordFile = user.PasswordFile;
        }

        return new MariaDbDataSource(connection, timeProvider);
    }

    private DbDataSource OpenWith(GaleraProviderSettings provider, GaleraNodeSettings node, GaleraUserSettings user)
    {
        Type type = Type.GetType(provider.Factory, throwOnError: false) ?? throw new NotSupportedException($"the provider '{provider.Factory}' is not there");
        var factory = type.GetField("Instance", BindingFlags.Public | BindingFlags.Static)?.GetValue(null) as DbProviderFactory
            ?? throw new NotSupportedException($"'{provider.Factory}' has no static field Instance with a DbProviderFactory");
        // Through the builder: a password may have any characters in it.
        DbConnectionStringBuilder template = factory.CreateConnectionStringBuilder() ?? new DbConnectionStringBuilder();
        template.ConnectionString = Fill(provider.ConnectionString);
        foreach (string key in template.Keys.Cast<string>().Where(key => template[key] is string text && text == "{Password}").ToArray())
        {
            template[key] = user.PasswordFile.Length > 0 ? File.ReadLines(user.PasswordFile).FirstOrDefault() ?? "" : "";
        }

        return factory.CreateDataSource(template.ConnectionString);

        string Fill(string text) => text
            .Replace("{Host}", node.Host, StringComparison.Ordinal)
            .Replace("{Port}", node.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{Database}", settings.Database, StringComparison.Ordinal)
            .Replace("{CaFile}", settings.CaFile, StringComparison.Ordinal)
            .Replace("{User}", user.User, StringComparison.Ordinal)
            .Replace("{Certificate}", user.Certificate, StringComparison.Ordinal)
            .Replace("{Key}", user.Key, StringComparison.Ordinal);
    }
}
