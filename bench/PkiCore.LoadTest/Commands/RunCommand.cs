using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net.Sockets;
using System.Security.Cryptography;
using PkiCore.LoadTest.Injection;
using PkiCore.LoadTest.Reports;
using PkiCore.X509;

namespace PkiCore.LoadTest.Commands;

/// <summary><c>run</c>: one scenario against a responder that is there already.</summary>
internal sealed class RunCommand
{
    private const int Passed = 0;
    private const int Failed = 1;

    private readonly Argument<Uri> _url = new("URL") { Description = "The responder: http://HOST[:PORT][/PATH]", CustomParser = ParseUrl };
    private readonly Option<FileInfo> _issuer = new("--issuer") { Description = "The certificate of the CA (PEM)", HelpName = "FILE", Required = true };
    private readonly Option<FileInfo> _serials = new("--serials") { Description = "Serial numbers to ask for, in hexadecimal, one a line", HelpName = "FILE" };
    private readonly Option<FileInfo> _index = new("--index") { Description = "Certificates to ask for: index.txt of openssl ca", HelpName = "FILE" };
    private readonly Option<double> _rate = new("--rate") { Description = "Requests per second", HelpName = "N", DefaultValueFactory = _ => 1000 };
    private readonly Option<double> _ramp = new("--ramp") { Description = "Go to the rate evenly in so many seconds; not measured", HelpName = "S" };
    private readonly Option<double> _warmUp = new("--warm-up") { Description = "Inject the rate for so many seconds before it is measured", HelpName = "S", DefaultValueFactory = _ => 3 };
    private readonly Option<double> _duration = new("--duration") { Description = "Keep the rate for so many seconds and measure", HelpName = "S", DefaultValueFactory = _ => 10 };
    private readonly Option<int> _connections = new("--connections") { Description = "Keep-alive connections", HelpName = "N", DefaultValueFactory = _ => 64 };
    private readonly Option<int> _threads = new("--threads") { Description = "Sender threads, which share out the connections", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<int?> _processor = new("--processor") { Description = "Send from this processor alone; the server should be on another one", HelpName = "N" };
    private readonly Option<double> _get = new("--get") { Description = "The share of GET: 0 is all POST, 1 is all GET", HelpName = "SHARE", DefaultValueFactory = _ => 1 };
    private readonly Option<double> _zipf = new("--zipf") { Description = "Ask for some certificates more often, by this exponent; 0 treats all alike", HelpName = "S" };
    private readonly Option<int> _seed = new("--seed") { Description = "Repeats the choices of certificates and methods", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<string> _hash = new("--hash") { Description = "The hash of the CertID", DefaultValueFactory = _ => "sha1" };
    private readonly Option<int> _verifyEvery = new("--verify-every") { Description = "Verify every n-th answer in full; 0 for none", HelpName = "N", DefaultValueFactory = _ => 100 };
    private readonly Option<double> _timeout = new("--timeout") { Description = "How many seconds a request waits for a connection, and then for its answer", HelpName = "S", DefaultValueFactory = _ => 10 };
    private readonly Option<bool> _floor = new("--floor") { Description = "Measure nginx with one fixed answer as well: what the tool itself costs" };
    private readonly Option<FileInfo> _report = new("--report") { Description = "Write the table to a file, too", HelpName = "FILE" };
    private readonly Option<FileInfo> _json = new("--json") { Description = "Write all figures to a file, for programs", HelpName = "FILE" };

    private RunCommand() => _hash.AcceptOnlyFromAmong("sha1", "sha256");

    public static Command Create(TextWriter output, TextWriter error)
    {
        var options = new RunCommand();
        var command = new Command("run", "Sends OCSP requests at a fixed rate, whatever the answers do, and measures each from the time it was due. Exit code: 0 when every answer looked at verifies and 99 % of the rate was achieved, 1 when not, 2 for wrong arguments.")
        {
            options._url, options._issuer, options._serials, options._index, options._rate, options._ramp, options._warmUp, options._duration, options._connections,
            options._threads, options._processor, options._get, options._zipf, options._seed, options._hash, options._verifyEvery, options._timeout, options._floor, options._report,
            options._json,
        };
        command.SetAction((result, cancellationToken) => options.RunAsync(result, output, error, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        Issuer issuer;
        SerialNumber[] serials;
        Scenario scenario;
        try
        {
            scenario = CreateScenario(result);
            string[] faults = [.. scenario.Faults()];
            if (faults.Length > 0)
            {
                return LoadTestCommand.Refuse(error, faults);
            }

            issuer = Issuer.FromPemFile(result.GetValue(_issuer)!.FullName);
            serials = await ReadSerialsAsync(result, cancellationToken);
            SerialFile.Shuffle(serials, scenario.Seed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or InvalidDataException)
        {
            return LoadTestCommand.Refuse(error, [e.Message]);
        }

        if (serials.Length == 0)
        {
            return LoadTestCommand.Refuse(error, ["Nothing to ask for: --serials and --index name no certificate."]);
        }

        try
        {
            return Measure(result, scenario, issuer, serials, output, error, cancellationToken);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(e is SocketException ? $"{scenario.Target}: {e.Message}" : e.Message);
            return Failed;
        }
    }

    private int Measure(ParseResult result, Scenario scenario, Issuer issuer, SerialNumber[] serials, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        RunResult run = new Progress("target", error).Show(progress => LoadRun.Run(scenario, issuer, serials, progress, cancellationToken));
        RunResult? floor = null;
        if (result.GetValue(_floor) && run.Counters.Sample is { } answer && !cancellationToken.IsCancellationRequested)
        {
            using var nginx = new NginxFloor(answer);
            Scenario same = scenario with { Target = nginx.Url, VerifyEvery = 0 };
            floor = new Progress("floor", error).Show(progress => LoadRun.Run(same, issuer, serials, progress, cancellationToken));
        }

        string report = RunReport.Write(run, floor);
        output.Write(report);
        if (result.GetValue(_report) is { } file)
        {
            File.WriteAllText(file.FullName, report);
        }

        if (result.GetValue(_json) is { } json)
        {
            File.WriteAllText(json.FullName, RunFigures.Of(run).ToJson());
        }

        return run.HasPassed ? Passed : Failed;
    }

    private Scenario CreateScenario(ParseResult result) => new()
    {
        Target = result.GetValue(_url)!,
        Rate = result.GetValue(_rate),
        Ramp = Seconds(result.GetValue(_ramp)),
        WarmUp = Seconds(result.GetValue(_warmUp)),
        Duration = Seconds(result.GetValue(_duration)),
        Connections = result.GetValue(_connections),
        Threads = result.GetValue(_threads),
        Processor = result.GetValue(_processor),
        GetShare = result.GetValue(_get),
        Zipf = result.GetValue(_zipf),
        Seed = result.GetValue(_seed),
        Hash = result.GetValue(_hash) == "sha256" ? CertIdHash.Sha256 : CertIdHash.Sha1,
        VerifyEvery = result.GetValue(_verifyEvery),
        Timeout = Seconds(result.GetValue(_timeout)),
    };

    /// <summary>Below zero, which no option may be, where it is no length of time.</summary>
    private static TimeSpan Seconds(double value) => Math.Abs(value) < 1e9 ? TimeSpan.FromSeconds(value) : TimeSpan.MinValue;

    private async Task<SerialNumber[]> ReadSerialsAsync(ParseResult result, CancellationToken cancellationToken)
    {
        IEnumerable<SerialNumber> listed = result.GetValue(_serials) is { } list ? SerialFile.ReadList(list.FullName) : [];
        List<SerialNumber> indexed = result.GetValue(_index) is { } index ? await SerialFile.ReadIndexAsync(index.FullName, TimeProvider.System, cancellationToken) : [];
        return [.. listed.Concat(indexed).Distinct()];
    }

    private static Uri? ParseUrl(ArgumentResult result)
    {
        if (Uri.TryCreate(result.Tokens.Single().Value, UriKind.Absolute, out Uri? url))
        {
            return url;
        }

        result.AddError("URL has to be http://HOST[:PORT][/PATH].");
        return null;
    }
}
