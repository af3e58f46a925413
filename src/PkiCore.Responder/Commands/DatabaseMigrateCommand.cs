using System.CommandLine;
using System.Data.Common;
using PkiCore.Galera;
using PkiCore.Responder.Configuration;

namespace PkiCore.Responder.Commands;

/// <summary><c>db migrate</c>: makes the tables, or brings them up to date.</summary>
internal static class DatabaseMigrateCommand
{
    public static Command Create()
    {
        Option<FileInfo> config = DatabaseOptions.Config();
        config.Required = false;
        Option<bool> dryRun = DatabaseOptions.DryRun("Print the SQL of all versions, and change nothing; needs no configuration");
        var users = new Option<bool>("--users") { Description = "Print the SQL that makes the users and says what each may do, to be adapted and run by an administrator; changes nothing" };
        var command = new Command("migrate", "Make the tables, or bring them up to date, as the user Admin. It can be run again, also by two at the same time. Exit status: 0 they are up to date, 1 they are not.") { config, dryRun, users };
        command.Validators.Add(result =>
        {
            if (result.GetResult(config) is null && !result.GetValue(dryRun) && !result.GetValue(users))
            {
                result.AddError("Name the configuration with --config, or print the SQL with --dry-run or --users.");
            }
        });
        command.SetAction((result, cancellationToken) =>
        {
            if (!result.GetValue(dryRun) && !result.GetValue(users))
            {
                return MigrateAsync(SettingsFile.LoadGalera(result.GetValue(config)!.FullName), cancellationToken);
            }

            Console.Write(result.GetValue(users) ? GaleraSchema.UsersScript : GaleraSchema.Script);
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>Makes the tables, or brings them up to date, and says which.</summary>
    /// <returns>The exit status.</returns>
    public static Task<int> MigrateAsync(GaleraSettings settings, CancellationToken cancellationToken) => AdminSession.RunAsync(settings, async (node, source) =>
    {
        IReadOnlyList<int> applied = await GaleraSchema.MigrateAsync(source, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        Console.WriteLine(applied.Count == 0 ? $"The schema is up to date: version {GaleraSchema.Version}." : $"Applied version {string.Join(", ", applied)} on {node.Host}.");
        return await ReportAsync(source, cancellationToken).ConfigureAwait(false);
    });

    private static async Task<int> ReportAsync(DbDataSource source, CancellationToken cancellationToken)
    {
        DbConnection connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            string? problem = await GaleraSchema.FindProblemAsync(connection, cancellationToken).ConfigureAwait(false);
            return problem is null ? 0 : throw new ConfigurationException(problem + ".");
        }
    }
}
