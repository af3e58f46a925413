namespace PkiCore.Responder.Configuration;

/// <summary>The section Galera: the cluster that has the revocation state of those CAs that say so.</summary>
internal sealed class GaleraSettings
{
    public List<GaleraNodeSettings> Nodes { get; set; } = [];

    public string Database { get; set; } = "pkicore";

    /// <summary>The CA of the nodes' certificates for clients, in PEM.</summary>
    public string CaFile { get; set; } = "";

    /// <summary>Who reads.</summary>
    public GaleraUserSettings? Edge { get; set; }

    /// <summary>Who revokes.</summary>
    public GaleraUserSettings? Writer { get; set; }

    /// <summary>Who publishes CRLs.</summary>
    public GaleraUserSettings? Publisher { get; set; }

    /// <summary>Who changes the schema.</summary>
    public GaleraUserSettings? Admin { get; set; }

    /// <summary>Another ADO.NET provider: the name of its DbProviderFactory, with its assembly.</summary>
    public string Provider { get; set; } = "";

    /// <summary>The connection string for that provider, with {Host}, {Port}, {Database}, {User}, {Password}, {CaFile}, {Certificate} and {Key}.</summary>
    public string ConnectionString { get; set; } = "";

    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(1);

    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(1);

    public TimeSpan ReadInterval { get; set; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan CausalTimeout { get; set; } = TimeSpan.FromSeconds(1);

    public TimeSpan ComparisonInterval { get; set; } = TimeSpan.FromHours(24);

    public TimeSpan MaxClockOffset { get; set; } = TimeSpan.FromSeconds(5);

    public int? PreferredSegment { get; set; }

    public bool AllowDonor { get; set; }

    public int MinDataNodes { get; set; } = 2;

    /// <summary>The users that are set, with the names of their settings.</summary>
    public IEnumerable<(string Name, GaleraUserSettings Settings)> Users =>
        new (string Name, GaleraUserSettings? Settings)[] { (nameof(Edge), Edge), (nameof(Writer), Writer), (nameof(Publisher), Publisher), (nameof(Admin), Admin) }
            .Where(user => user.Settings is not null).Select(user => (user.Name, user.Settings!));
}

/// <summary>A node with data.</summary>
internal sealed class GaleraNodeSettings
{
    /// <summary>The node for people; the host when empty.</summary>
    public string Name { get; set; } = "";

    /// <summary>A name or an IP address, as it stands in the node's certificate.</summary>
    public string Host { get; set; } = "";

    public int Port { get; set; } = 3306;
}

/// <summary>A user of the database: a client certificate, and a password where the user has one.</summary>
internal sealed class GaleraUserSettings
{
    public string User { get; set; } = "";

    public string Certificate { get; set; } = "";

    public string Key { get; set; } = "";

    /// <summary>A file whose first line is the password.</summary>
    public string PasswordFile { get; set; } = "";
}
