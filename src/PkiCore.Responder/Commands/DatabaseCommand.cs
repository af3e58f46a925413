using System.CommandLine;

namespace PkiCore.Responder.Commands;

/// <summary><c>db</c>: looks after the tables in the cluster.</summary>
internal static class DatabaseCommand
{
    public static Command Create() => new("db", "Make the tables in the MariaDB Galera cluster, and fill them.")
    {
        DatabaseMigrateCommand.Create(),
        IndexImportCommand.Create(),
        ReconcileCommand.Create(),
        PruneCommand.Create(),
    };
}
