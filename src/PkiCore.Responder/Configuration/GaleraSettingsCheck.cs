using PkiCore.Galera;
using PkiCore.Responder.Hosting;

namespace PkiCore.Responder.Configuration;

/// <summary>Checks the section Galera.</summary>
internal static class GaleraSettingsCheck
{
    public static void Check(GaleraSettings galera, List<string> faults)
    {
        if (galera.Nodes.Count == 0)
        {
            faults.Add("Galera.Nodes: name each node with data, with Host.");
        }

        for (int i = 0; i < galera.Nodes.Count; i++)
        {
            AddIf(galera.Nodes[i].Host.Length == 0, $"Nodes[{i}].Host", "is missing; name the node as its certificate does");
            AddIf(galera.Nodes[i].Port is < 1 or > ushort.MaxValue, $"Nodes[{i}].Port", "has to be 1 to 65535");
        }

        bool isBuiltIn = galera.Provider.Length == 0;
        AddIf(galera.Provider.Length > 0 != galera.ConnectionString.Length > 0, "Provider", "and ConnectionString have to be set both, or neither of them");
        AddIf(isBuiltIn && galera.CaFile.Length == 0, "CaFile", "is missing; name the CA of the nodes' certificates: no connection goes without");
        foreach ((string name, GaleraUserSettings user) in galera.Users)
        {
            AddIf(user.User.Length == 0, $"{name}.User", "is missing");
            AddIf(user.Certificate.Length > 0 != user.Key.Length > 0, $"{name}.Certificate", "and Key have to be set both, or neither of them");
        }

        AddIf(galera.MinDataNodes < 1, "MinDataNodes", "has to be 1 or more");
        if (faults.Count == 0)
        {
            SettingsCheck.CheckRanges("Galera", () => GaleraClusters.Check(galera), faults);
        }

        void AddIf(bool wrong, string name, string rule)
        {
            if (wrong)
            {
                faults.Add($"Galera.{name}: {rule}.");
            }
        }
    }
}
