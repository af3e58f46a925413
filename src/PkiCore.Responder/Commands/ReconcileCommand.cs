using System.CommandLine;
using PkiCore.Galera;
using PkiCore.Responder.Configuration;
using PkiCore.Serving.Snapshots;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary><c>db reconcile</c>: writes back the revocations that an edge knows of and the database has lost.</summary>
internal static class ReconcileCommand
{
    private const string Purpose = "reconcile";

    public static Command Create()
    {
        Option<FileInfo> config = DatabaseOptions.Config();
        Option<FileInfo> ca = DatabaseOptions.Ca();
        var snapshot = new Option<FileInfo>("--from-edge") { Description = "The snapshot of an edge (*.table in Ocsp.SnapshotDirectory), copied from it or on it", HelpName = "SNAPSHOT", Required = true };
        Option<bool> dryRun = DatabaseOptions.DryRun("Say which revocations the database has lost, and change nothing");
        var command = new Command(
            "reconcile",
            "Write the revocations and holds that an edge's snapshot has back into a database that lost them, such as one restored from a backup, with their times and reasons. "
            + "What the database has revoked stays as it is; nothing is released. Then 'galera accept-history' lets the edges follow the database again. Exit status: 0 done, 1 not, or not all of it, also because the snapshot is damaged.") { config, ca, snapshot, dryRun };
        command.SetAction((result, cancellationToken) => DatabaseSession.RunAsync(result.GetValue(config)!, result.GetValue(ca)!, async session =>
        {
            IReadOnlyList<StatusChange> revoked = Read(result.GetValue(snapshot)!.FullName, session.Issuer, out bool isComplete);
            bool isDryRun = result.GetValue(dryRun);
            if (!isDryRun)
            {
                await session.Store.RegisterIssuerAsync(session.Issuer, cancellationToken).ConfigureAwait(false);
            }

            var run = new ImportRun(session, Purpose, isDryRun);
            await run.TakeAsync(revoked, Print, cancellationToken).ConfigureAwait(false);
            Console.WriteLine(run.Describe() + ".");
            return isComplete ? 0 : 1;
        }, cancellationToken));
        return command;
    }

    private static IReadOnlyList<StatusChange> Read(string path, Issuer issuer, out bool isComplete)
    {
        try
        {
            IReadOnlyList<StatusChange> revoked = SnapshotStatuses.ReadRevoked(path, issuer, out long lost);
            isComplete = lost == 0;
            if (!isComplete)
            {
                Console.Error.WriteLine(FormattableString.Invariant($"{path} is damaged: {lost:N0} certificates in it cannot be read, and may be revoked. Use the snapshot of another edge too."));
            }

            return revoked;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new ConfigurationException($"--from-edge: '{path}' cannot be used: {e.Message}.", e);
        }
    }

    private static void Print(IReadOnlyList<RevocationResult> results)
    {
        foreach (RevocationResult result in results.Where(result => result is { IsChange: true, IsRepeated: false, State: not null }))
        {
            Console.WriteLine($"{result.State!.Value.Serial}: {OutcomeText.Describe(result.State.Value.Status)}{(result.Outcome == RevocationOutcome.Issued ? "; the database does not know the certificate" : "")}");
        }
    }
}
