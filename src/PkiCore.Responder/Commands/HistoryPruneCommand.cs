using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Galera;
using PkiCore.Responder.Configuration;
using PkiCore.Responder.Hosting;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary><c>db prune</c>: removes old changes from a history.</summary>
internal static class HistoryPruneCommand
{
    private const int LeastDays = 1; // an edge that was away for a while reads everything again

    public static Command Create()
    {
        Option<FileInfo> config = DatabaseOptions.Config();
        Option<FileInfo> ca = DatabaseOptions.Ca();
        var keep = new Option<int>("--keep") { Description = "How many days of changes stay", HelpName = "DAYS", DefaultValueFactory = _ => 90 };
        keep.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < LeastDays)
            {
                result.AddError($"--keep: has to be {LeastDays} or more.");
            }
        });
        var command = new Command(
            "prune",
            "Remove old changes from the log, as the user Publisher, 1,000 in a transaction. What is known of certificates stays; edges that were away for longer read everything again, and operation ids "
            + "that old are not recognised any more. Exit status: 0 done, 1 not, or not to the end.") { config, ca, keep };
        command.SetAction((result, cancellationToken) => RunAsync(result.GetValue(config)!, result.GetValue(ca)!, TimeSpan.FromDays(result.GetValue(keep)), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(FileInfo config, FileInfo ca, TimeSpan keep, CancellationToken cancellationToken)
    {
        GaleraSettings settings = SettingsFile.LoadGalera(config.FullName);
        Issuer issuer = DatabaseOptions.LoadIssuer(ca);
        GaleraUserSettings user = DatabaseOptions.FindUser(settings, nameof(GaleraSettings.Publisher));
        GaleraCluster cluster = GaleraClusters.Create(settings, user, TimeProvider.System, NullLoggerFactory.Instance);
        await using (cluster.ConfigureAwait(false))
        {
            await cluster.StartAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                long removed = await new HistoryPruning(cluster, new RevocationStoreOptions()).PruneAsync(issuer, keep, cancellationToken).ConfigureAwait(false);
                Console.WriteLine(FormattableString.Invariant($"{issuer.Name}: {removed:N0} changes removed."));
                return 0;
            }
            catch (RevocationStoreException e)
            {
                throw new ConfigurationException(e.Message, e);
            }
        }
    }
}
