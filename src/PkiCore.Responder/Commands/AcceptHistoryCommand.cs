using System.CommandLine;

namespace PkiCore.Responder.Commands;

/// <summary><c>galera accept-history</c>: lets edges follow a database that tells another history than before.</summary>
internal static class AcceptHistoryCommand
{
    public static Command Create()
    {
        Option<FileInfo> config = DatabaseOptions.Config();
        Option<FileInfo> ca = DatabaseOptions.Ca();
        Option<bool> dryRun = DatabaseOptions.DryRun("Say which history would be accepted, and change nothing");
        var command = new Command(
            "accept-history",
            "Say that the history in the database is the one to follow from now on: edges that refuse it, because it was rewound or replaced, read it again from the beginning. "
            + "First write back what it lost with 'db reconcile'. Exit status: 0 accepted, 1 not.") { config, ca, dryRun };
        command.SetAction((result, cancellationToken) => DatabaseSession.RunAsync(result.GetValue(config)!, result.GetValue(ca)!, async session =>
        {
            bool isDryRun = result.GetValue(dryRun);
            ulong last = isDryRun
                ? await session.Store.ReadLastChangeAsync(session.Issuer, cancellationToken).ConfigureAwait(false)
                : await session.Store.AcceptHistoryAsync(session.Issuer, cancellationToken).ConfigureAwait(false);
            Console.WriteLine(FormattableString.Invariant($"{session.Issuer.Name}: the history up to change {last} {(isDryRun ? "would be" : "is")} accepted."));
            return 0;
        }, cancellationToken));
        return command;
    }
}
