using PkiCore.Galera;
using PkiCore.MariaDb;

namespace PkiCore.Testing;

/// <summary>How users of the lab connect to its nodes.</summary>
public static class LabConnections
{
    public const string Database = "pkicore";

    /// <summary>One node, as a user sees it.</summary>
    public static GaleraNode Node(Lab lab, int number, string user, string database = Database)
    {
        ArgumentNullException.ThrowIfNull(lab);
        LabClientFiles files = lab.ClientFiles(user);
        var connection = new MariaDbConnectionStringBuilder
        {
            Server = lab.Address(number),
            User = user,
            Database = database,
            CaFile = files.Ca,
            CertificateFile = files.Certificate,
            KeyFile = files.Key,
            ConnectTimeout = 2,
        };
        return new GaleraNode($"node{number}", new MariaDbDataSource(connection, TimeProvider.System));
    }

    /// <summary>Several nodes; all when none is named.</summary>
    public static GaleraOptions Options(Lab lab, string user, params int[] nodes)
    {
        ArgumentNullException.ThrowIfNull(lab);
        return new GaleraOptions { Nodes = [.. (nodes is [] ? lab.Nodes : nodes).Select(number => Node(lab, number, user))] };
    }
}
