using System.CommandLine;
using PkiCore.Responder.Configuration;

namespace PkiCore.Responder.Commands;

/// <summary><c>db import-index</c>: takes the certificates of an index.txt over into the database.</summary>
internal static class IndexImportCommand
{
    private const string Purpose = "import-index";

    public static Command Create()
    {
        Option<FileInfo> config = DatabaseOptions.Config();
        Option<FileInfo> ca = DatabaseOptions.Ca();
        var index = new Argument<FileInfo>("INDEX") { Description = "The index.txt of openssl ca" };
        Option<bool> dryRun = DatabaseOptions.DryRun("Read the file and ask the database, say what would be done, and change nothing");
        var command = new Command(
            "import-index",
            "Add the certificates of an index.txt to the database, and revoke those that it revokes. It can be run again: what is there stays, and nothing is released. "
            + "A file with a line that cannot be taken over is refused as a whole. Exit status: 0 taken over, 1 not, or not to the end.") { config, ca, index, dryRun };
        command.SetAction((result, cancellationToken) =>
            ImportAsync(result.GetValue(config)!, result.GetValue(ca)!, result.GetValue(index)!.FullName, result.GetValue(dryRun), cancellationToken));
        return command;
    }

    /// <summary>Takes an index.txt over, and says what became of it.</summary>
    /// <returns>The exit status.</returns>
    public static Task<int> ImportAsync(FileInfo config, FileInfo ca, string index, bool isDryRun, CancellationToken cancellationToken)
    {
        var file = new IndexFile(index);
        long lines = Check(file);
        return DatabaseSession.RunAsync(config, ca, async session =>
        {
            if (!isDryRun)
            {
                await session.Store.RegisterIssuerAsync(session.Issuer, cancellationToken).ConfigureAwait(false);
            }

            var run = new ImportRun(session, Purpose, isDryRun);
            await WorkProgress.RunAsync(
                $"{(isDryRun ? "Comparing" : "Importing")} {file.Path}",
                progress => run.TakeAsync(file.Read(), _ => progress.Report(run.Count, lines == 0 ? 1 : (double)run.Count / lines), cancellationToken)).ConfigureAwait(false);
            Console.WriteLine(run.Describe() + ".");
            return 0;
        }, cancellationToken);
    }

    /// <returns>How many certificates there are.</returns>
    private static long Check(IndexFile file)
    {
        IReadOnlyList<string> faults = file.FindFaults(out long count, out long faultCount);
        return faultCount == 0 ? count : throw new ConfigurationException(
            FormattableString.Invariant($"{file.Path}: {faultCount:N0} line(s) cannot be taken over, and so nothing was:{Environment.NewLine}{string.Join(Environment.NewLine, faults)}"));
    }
}
