using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Galera;
using PkiCore.Responder.Configuration;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Responder.Commands;

/// <summary><c>revoke</c>, <c>hold</c> and <c>release</c>: change one certificate in the database.</summary>
internal static class RevokeCommands
{
    private const int NotDone = 2;
    private const string ExitStatus = " Exit status: 0 it is so now, 1 it could not be done or nobody knows whether it was, 2 it cannot be done.";

    public static Command CreateRevoke()
    {
        var reason = new Option<string>("--reason") { Description = "Why: keyCompromise, CACompromise, affiliationChanged, superseded, cessationOfOperation, privilegeWithdrawn, AACompromise or unspecified", HelpName = "NAME" };
        reason.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var name }] && FindReason(name) is null)
            {
                result.AddError($"--reason: '{name}' is no reason to revoke for good (RFC 5280 5.3.1).");
            }
        });
        Option<string> time = TimeOption("--time", "Since when it counts as revoked; now if left out");
        Option<string> suspected = TimeOption("--invalidity-date", "Since when the key is suspected");
        Command command = Create("revoke", "Revoke a certificate for good, also one that is on hold." + ExitStatus, (serial, result) => RevocationOperation.Revoke(serial, FindReason(result.GetValue(reason) ?? "") ?? X509RevocationReason.Unspecified) with
        {
            RevocationTime = ParseTime(result.GetValue(time)),
            InvalidityDate = ParseTime(result.GetValue(suspected)),
        });
        command.Options.Add(reason);
        command.Options.Add(time);
        command.Options.Add(suspected);
        return command;
    }

    public static Command CreateHold()
    {
        Option<string> time = TimeOption("--time", "Since when it counts as on hold; now if left out");
        Command command = Create("hold", "Put a certificate on hold, which can be ended." + ExitStatus, (serial, result) => RevocationOperation.Hold(serial) with { RevocationTime = ParseTime(result.GetValue(time)) });
        command.Options.Add(time);
        return command;
    }

    public static Command CreateRelease() => Create("release", "End the hold of a certificate. What is revoked for good stays so." + ExitStatus, (serial, _) => RevocationOperation.Release(serial));

    private static Command Create(string name, string description, Func<SerialNumber, ParseResult, RevocationOperation> make)
    {
        Option<FileInfo> config = DatabaseOptions.Config();
        Option<FileInfo> ca = DatabaseOptions.Ca();
        Option<bool> dryRun = DatabaseOptions.DryRun();
        var id = new Option<Guid?>("--operation-id") { Description = "To send an operation again of which it is not known whether it was done: the id that was printed", HelpName = "UUID" };
        var serial = new Argument<string>("SERIAL") { Description = "The certificate's serial number, in hexadecimal, with or without colons" };
        serial.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && Parse(text) is null)
            {
                result.AddError($"SERIAL: '{text}' is no positive number of up to 20 octets in hexadecimal.");
            }
        });
        var command = new Command(name, description) { config, ca, serial, dryRun, id };
        command.SetAction((result, cancellationToken) =>
        {
            RevocationOperation operation = make(Parse(result.GetValue(serial)!)!.Value, result);
            operation = operation with { OperationId = result.GetValue(id) ?? operation.OperationId };
            return DatabaseSession.RunAsync(result.GetValue(config)!, result.GetValue(ca)!, session => RunAsync(session, operation, result.GetValue(dryRun), cancellationToken), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(DatabaseSession session, RevocationOperation operation, bool isDryRun, CancellationToken cancellationToken)
    {
        RevocationResult made;
        try
        {
            made = (await session.ApplyAsync([operation], isDryRun, cancellationToken).ConfigureAwait(false))[0];
        }
        catch (RevocationStoreException e) when (e.IsOutcomeUnknown)
        {
            throw new ConfigurationException($"{e.Message} Run it again with --operation-id {operation.OperationId}.", e);
        }

        string state = made.State is { } known ? $": {OutcomeText.Describe(known.Status)}" : "";
        bool isSo = made.IsChange || made.Outcome is RevocationOutcome.AlreadyRevoked or RevocationOutcome.AlreadyOnHold;
        isSo &= operation.Kind != RevocationOperationKind.Hold || made.Outcome != RevocationOutcome.AlreadyRevoked;
        isSo |= made.Outcome == RevocationOutcome.NotOnHold && made.State is { Status.IsRevoked: false };
        string text = $"{operation.Serial} {(isDryRun && made.IsChange ? "would be " : "")}{OutcomeText.Describe(made.Outcome)}{(made.IsRepeated ? " by an earlier run" : "")}{state}";
        await (isSo ? Console.Out : Console.Error).WriteLineAsync(text).ConfigureAwait(false);
        return isSo ? 0 : NotDone;
    }

    private static SerialNumber? Parse(string text) =>
        CrlSerial.TryParse(text, out byte[] contents) && SerialNumber.TryCreate(contents, out SerialNumber serial) && contents[0] < 0x80 ? serial : null;

    private static X509RevocationReason? FindReason(string name)
    {
        string upper = name.ToUpperInvariant();
        bool isOfIndex = upper.EndsWith("KEYTIME", StringComparison.Ordinal) || upper == "HOLDINSTRUCTION"; // names for OpenSSL's index alone
        return isOfIndex || OpenSslIndexLine.FindReason(upper) is not { } reason || reason == X509RevocationReason.CertificateHold ? null : reason;
    }

    private static Option<string> TimeOption(string name, string description)
    {
        var option = new Option<string>(name) { Description = description + "; such as 2026-05-01T12:00:00Z", HelpName = "TIME" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !TryParseTime(text, out _))
            {
                result.AddError($"{name}: '{text}' is no time such as 2026-05-01T12:00:00Z.");
            }
        });
        return option;
    }

    private static DateTimeOffset? ParseTime(string? text) => text is not null && TryParseTime(text, out DateTimeOffset time) ? time : null;

    private static bool TryParseTime(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
}
