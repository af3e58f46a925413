using System.CommandLine;

namespace PkiCore.Responder.Commands;

/// <summary><c>galera</c>: looks at the cluster.</summary>
internal static class GaleraCommand
{
    public static Command Create() => new("galera", "Look at the MariaDB Galera cluster that holds the revocation state.")
    {
        GaleraStatusCommand.Create(),
        AcceptHistoryCommand.Create(),
    };
}
