using System.CommandLine;
using PkiCore.Responder.Configuration;

namespace PkiCore.Responder.Commands;

/// <summary><c>db prune</c>: removes old changes from the log.</summary>
internal static class PruneCommand
{
    private const int MaxDays = 36_500;

    public static Command Create()
    {
        Option<FileInfo> config = DatabaseOptions.Config();
        Option<FileInfo> ca = DatabaseOptions.Ca();
        Option<int> keep = NumberOption.Create("--keep", "How many days of changes to keep", 1, MaxDays);
        keep.Required = true;
        Option<bool> dryRun = DatabaseOptions.DryRun("Say how many changes would be removed, and remove none");
        var command = new Command(
            "prune",
            "Remove old changes from the log of changes, as the user Publisher. Certificates stay as they are. Edges that have not read for longer load everything again; operation ids that are "
            + "removed are not recognised any more. Exit status: 0 done, 1 not, or not to the end.") { config, ca, keep, dryRun };
        command.SetAction((result, cancellationToken) => DatabaseSession.RunAsync(result.GetValue(config)!, result.GetValue(ca)!, nameof(GaleraSettings.Publisher), async session =>
        {
            bool isDryRun = result.GetValue(dryRun);
            long count = await session.Store.PruneHistoryAsync(session.Issuer, TimeSpan.FromDays(result.GetValue(keep)), isDryRun, cancellationToken).ConfigureAwait(false);
            Console.WriteLine(FormattableString.Invariant($"{session.Issuer.Name}: {count:N0} changes older than {result.GetValue(keep)} days {(isDryRun ? "would be" : "were")} removed."));
            return 0;
        }, cancellationToken));
        return command;
    }
}
