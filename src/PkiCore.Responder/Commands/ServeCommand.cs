using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using PkiCore.Pkcs11;
using PkiCore.Responder.Configuration;
using PkiCore.Responder.Hosting;

namespace PkiCore.Responder.Commands;

/// <summary><c>serve</c>: answers requests, by a configuration file or by the flags that people know from <c>openssl ocsp</c>.</summary>
internal static class ServeCommand
{
    private const int MaxDays = 366;

    public static Command Create()
    {
        var config = new Option<FileInfo>("--config") { Description = "Configuration file (JSON); docs/configuration.md describes it", HelpName = "FILE" };
        var index = new Option<FileInfo>("--index") { Description = "The CA's index.txt, as openssl ca keeps it", HelpName = "FILE" };
        var ca = new Option<FileInfo>("--CA") { Description = "The CA's certificate", HelpName = "FILE" };
        var signer = new Option<FileInfo>("--rsigner") { Description = "The certificate that signs answers; if left out the CA's own, or the token's", HelpName = "FILE" };
        var key = new Option<string[]>("--rkey") { Description = "The private key that signs answers: PEM, or a pkcs11: URI, several times for one key on several tokens", HelpName = "FILE|URI" };
        var passphrase = new Option<string>("--passin") { Description = "Where the key's passphrase is: file:PATH or env:NAME; asked for if left out", HelpName = "SOURCE" };
        var port = new Option<int>("--port") { Description = "Port to answer on, all addresses", HelpName = "PORT", DefaultValueFactory = _ => 8080 };
        var days = new Option<int>("--ndays") { Description = "Days from thisUpdate to nextUpdate; 4 if neither this nor --nmin is given", HelpName = "N" };
        var minutes = new Option<int>("--nmin") { Description = "Minutes from thisUpdate to nextUpdate, added to --ndays", HelpName = "N" };
        var snapshots = new Option<DirectoryInfo>("--snapshots") { Description = "Where signed answers are kept, so that a restart need not sign them again; made if missing", HelpName = "DIR" };
        var management = new Option<string>("--management") { Description = "Where /healthz, /readyz and /metrics are; empty for nowhere", HelpName = "URL", DefaultValueFactory = _ => new ResponderSettings().Management };
        var strict = new Option<bool>("--strict") { Description = "Do not start when a CA has a fault, such as an expired signer" };
        (Option<int> Option, int Max)[] numbers = [(port, ushort.MaxValue), (days, MaxDays), (minutes, MaxDays * 24 * 60)];
        foreach ((Option<int> option, int max) in numbers)
        {
            option.Validators.Add(result => ReportNumber(result, max));
        }

        var command = new Command("serve", "Answer OCSP requests: either --config, or --index, --CA and --rkey for one CA.")
        {
            config, index, ca, signer, key, passphrase, port, days, minutes, snapshots, management, strict,
        };
        command.Validators.Add(result =>
        {
            bool hasFlags = result.GetResult(index) is not null || result.GetResult(ca) is not null || result.GetResult(key) is not null || result.GetResult(signer) is not null;
            bool hasNumbers = numbers.All(number => result.GetResult(number.Option) is not { } given || IsNumber(given, number.Max)); // else its own message would not be shown
            if (result.GetResult(config) is not null == hasFlags && hasNumbers)
            {
                result.AddError(hasFlags ? "--config cannot be combined with --index, --CA, --rsigner and --rkey." : "Name a configuration with --config, or one CA with --index, --CA and --rkey.");
            }

            string[] ignored = [.. new Option[] { passphrase, port, days, minutes, snapshots, management }.Where(option => result.GetResult(option) is { Implicit: false }).Select(option => option.Name)];
            if (result.GetResult(config) is not null && ignored.Length > 0)
            {
                result.AddError($"{string.Join(", ", ignored)}: cannot be combined with --config; set it in the file.");
            }
        });
        command.SetAction((result, cancellationToken) => ResponderProcess.RunAsync(
            result.GetValue(config) is { } file ? ResponderPlan.FromFile(file.FullName) : FromFlags(result),
            strict: result.GetValue(strict) || result.GetValue(config) is null, // with one CA there are no others to serve
            started: null,
            cancellationToken));
        return command;

        ResponderPlan FromFlags(ParseResult result)
        {
            TimeSpan validity = TimeSpan.FromDays(result.GetValue(days)) + TimeSpan.FromMinutes(result.GetValue(minutes));
            var settings = new ResponderSettings
            {
                Listen = [$"http://*:{result.GetValue(port)}"],
                Management = result.GetValue(management)!,
                Issuers =
                [
                    new IssuerSettings
                    {
                        Certificate = PathOf(result, ca),
                        Index = PathOf(result, index),
                        Signer = new SignerSettings { Certificate = PathOf(result, signer), Key = [.. (result.GetValue(key) ?? []).Select(KeyOf)], Passphrase = result.GetValue(passphrase) ?? "" },
                    },
                ],
            };
            settings.Ocsp.SnapshotDirectory = result.GetValue(snapshots) is { } directory ? Path.TrimEndingDirectorySeparator(directory.FullName) : null;
            settings.Ocsp.Validity = validity == TimeSpan.Zero ? settings.Ocsp.Validity : validity;
            SettingsCheck.Check(settings, "command line");
            return new ResponderPlan(settings, ConfigurationPath: null, Logging: null);
        }
    }

    /// <summary>What is no number at all is reported by the parser.</summary>
    private static void ReportNumber(OptionResult result, int max)
    {
        if (result.Tokens is [{ Value: var text }] && int.TryParse(text, CultureInfo.InvariantCulture, out _) && !IsNumber(result, max))
        {
            result.AddError(FormattableString.Invariant($"{result.Option.Name} is {text}: it has to be 0 to {max}."));
        }
    }

    private static bool IsNumber(OptionResult result, int max) =>
        result.Tokens is [] || (result.Tokens is [{ Value: var text }] && int.TryParse(text, CultureInfo.InvariantCulture, out int value) && value >= 0 && value <= max);

    /// <summary>A key as it stands on the command line, for the settings.</summary>
    internal static string KeyOf(string key) =>
        Pkcs11Uri.HasScheme(key) ? KeyUri.MakePathsAbsolute(key, Environment.CurrentDirectory) : key.Length == 0 ? "" : Path.GetFullPath(key);

    private static string PathOf(ParseResult result, Option<FileInfo> option) => result.GetValue(option)?.FullName ?? "";
}
