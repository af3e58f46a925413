namespace PkiCore.Responder.Configuration;

/// <summary>A MariaDB Galera cluster.</summary>
internal sealed class GaleraSettings
{
    /// <summary>Its nodes with data.</summary>
    public List<GaleraNodeSettings> Nodes { get; set; } = [];

    public string Database { get; set; } = "pkicore";

    /// <summary>Who has to have issued the nodes' certificates, PEM.</summary>
    public string CaFile { get; set; } = "";

    /// <summary>As whom to connect, by task.</summary>
    public GaleraUsersSettings Users { get; set; } = new();

    /// <summary>Another ADO.NET provider than the built-in one.</summary>
    public GaleraProviderSettings? Provider { get; set; }

    /// <summary>How often each node is asked for its state.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a node may take to answer before it counts as failed.</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often changes are asked for.</summary>
    public TimeSpan ReadInterval { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a causal read may take.</summary>
    public TimeSpan CausalTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>By how much a node's clock may differ before nothing new is signed.</summary>
    public TimeSpan MaxClockOffset { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many nodes with data must be in the primary component for a write to be accepted.</summary>
    public int MinDataNodes { get; set; } = 2;

    /// <summary>Whether the donor of a state transfer may be read.</summary>
    public bool AllowDonor { get; set; }

    /// <summary>The segment (gmcast.segment) whose nodes are preferred.</summary>
    public int? Segment { get; set; }
}

/// <summary>One node.</summary>
internal sealed class GaleraNodeSettings
{
    /// <summary>For people; the host when empty.</summary>
    public string Name { get; set; } = "";

    /// <summary>Host name or IP address, as it is in the node's certificate.</summary>
    public string Host { get; set; } = "";

    public int Port { get; set; } = 3306;
}

/// <summary>The users; those that a process or command does not need may be missing.</summary>
internal sealed class GaleraUsersSettings
{
    /// <summary>Reads.</summary>
    public GaleraUserSettings? Edge { get; set; }

    /// <summary>Issues and revokes.</summary>
    public GaleraUserSettings? Writer { get; set; }

    /// <summary>Publishes CRLs, and prunes.</summary>
    public GaleraUserSettings? Publisher { get; set; }

    /// <summary>Makes tables.</summary>
    public GaleraUserSettings? Admin { get; set; }
}

/// <summary>One user.</summary>
internal sealed class GaleraUserSettings
{
    public string User { get; set; } = "";

    /// <summary>Its certificate, PEM.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>The certificate's key, PEM.</summary>
    public string Key { get; set; } = "";

    /// <summary>A file with its password in the first line, where it needs one.</summary>
    public string PasswordFile { get; set; } = "";
}

/// <summary>An ADO.NET provider.</summary>
internal sealed class GaleraProviderSettings
{
    /// <summary>Its DbProviderFactory, such as <c>MySqlConnector.MySqlConnectorFactory, MySqlConnector</c>.</summary>
    public string Factory { get; set; } = "";

    /// <summary>A connection string with <c>{Host}</c>, <c>{Port}</c>, <c>{Database}</c>, <c>{CaFile}</c>, <c>{User}</c>, <c>{Certificate}</c>, <c>{Key}</c> and <c>{Password}</c> in it.</summary>
    public string ConnectionString { get; set; } = "";
}
