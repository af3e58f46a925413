namespace PkiCore.Responder.Configuration;

/// <summary>Checks what is said of a cluster.</summary>
internal static class GaleraSettingsCheck
{
    private static readonly TimeSpan s_shortestRead = TimeSpan.FromMilliseconds(100);

    public static void Check(GaleraSettings galera, List<string> faults)
    {
        CheckNodes(galera.Nodes, faults);
        AddIf(galera.Database.Length == 0, "Database: is missing; name the database");
        AddIf(galera.CaFile.Length == 0 && galera.Provider is null, "CaFile: is missing; name the certificate of the CA that issued the nodes' certificates");
        SignerSettingsCheck.CheckCharacters("Galera.CaFile", galera.CaFile, faults);
        CheckUser(galera.Users.Edge, "Edge", galera.Provider, faults);
        CheckUser(galera.Users.Writer, "Writer", galera.Provider, faults);
        CheckUser(galera.Users.Publisher, "Publisher", galera.Provider, faults);
        CheckUser(galera.Users.Admin, "Admin", galera.Provider, faults);
        CheckProvider(galera.Provider, faults);
        AddIf(galera.ProbeInterval <= TimeSpan.Zero, "ProbeInterval: has to be positive");
        AddIf(galera.ProbeTimeout <= TimeSpan.Zero, "ProbeTimeout: has to be positive");
        AddIf(galera.ReadInterval < s_shortestRead, "ReadInterval: has to be 100 ms or more");
        AddIf(galera.CausalTimeout <= TimeSpan.Zero, "CausalTimeout: has to be positive");
        AddIf(galera.MaxClockOffset <= TimeSpan.Zero, "MaxClockOffset: has to be positive");
        AddIf(galera.MinDataNodes < 1, "MinDataNodes: has to be 1 or more");
        AddIf(galera.Segment is < 0 or > byte.MaxValue, "Segment: has to be 0 to 255, as gmcast.segment");

        void AddIf(bool isWrong, string fault)
        {
            if (isWrong)
            {
                faults.Add($"Galera.{fault}.");
            }
        }
    }

    /// <summary>What CAs that are read from a cluster need.</summary>
    public static void CheckIssuers(ResponderSettings settings, List<string> faults)
    {
        int first = settings.Issuers.FindIndex(issuer => issuer.Galera);
        if (first >= 0 && settings.Galera is null)
        {
            faults.Add($"Issuers[{first}].Galera: needs a cluster; describe it in the section Galera.");
        }
        else if (first >= 0 && settings.Galera!.Users.Edge is null)
        {
            faults.Add("Galera.Users.Edge: is missing; it is the user that reads.");
        }
    }

    private static void CheckNodes(List<GaleraNodeSettings> nodes, List<string> faults)
    {
        if (nodes.Count == 0)
        {
            faults.Add("Galera.Nodes: name the nodes with data, with Host each.");
        }

        for (int i = 0; i < nodes.Count; i++)
        {
            string name = $"Galera.Nodes[{i}]";
            if (nodes[i].Host.Length == 0)
            {
                faults.Add($"{name}.Host: is missing; name the host or its address, as it is in the node's certificate.");
            }

            if (nodes[i].Port is < 1 or > ushort.MaxValue)
            {
                faults.Add($"{name}.Port: has to be 1 to {ushort.MaxValue}.");
            }

            if (nodes.FindIndex(node => NameOf(node) == NameOf(nodes[i])) < i)
            {
                faults.Add($"{name}.Name: '{NameOf(nodes[i])}' is there twice.");
            }
        }
    }

    public static string NameOf(GaleraNodeSettings node) => node.Name.Length > 0 ? node.Name : node.Host;

    private static void CheckUser(GaleraUserSettings? user, string role, GaleraProviderSettings? provider, List<string> faults)
    {
        if (user is null)
        {
            return;
        }

        string name = $"Galera.Users.{role}";
        if (user.User.Length == 0)
        {
            faults.Add($"{name}.User: is missing; name the database's user.");
        }

        if (user.Certificate.Length > 0 != user.Key.Length > 0)
        {
            faults.Add($"{name}: Certificate and Key go together.");
        }

        if (user.Certificate.Length + user.PasswordFile.Length == 0 && provider is null)
        {
            faults.Add($"{name}: has neither Certificate and Key nor PasswordFile.");
        }

        SignerSettingsCheck.CheckCharacters($"{name}.Certificate", user.Certificate, faults);
        SignerSettingsCheck.CheckCharacters($"{name}.Key", user.Key, faults);
        SignerSettingsCheck.CheckCharacters($"{name}.PasswordFile", user.PasswordFile, faults);
    }

    private static void CheckProvider(GaleraProviderSettings? provider, List<string> faults)
    {
        if (provider is not null && provider.Factory.Length == 0)
        {
            faults.Add("Galera.Provider.Factory: is missing; name the provider's DbProviderFactory with its assembly.");
        }

        if (provider is not null && !provider.ConnectionString.Contains("{Host}", StringComparison.Ordinal))
        {
            faults.Add("Galera.Provider.ConnectionString: has to have {Host} in it: each node is connected to by itself.");
        }
    }
}
