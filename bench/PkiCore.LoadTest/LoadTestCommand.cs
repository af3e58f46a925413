using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net.Sockets;
using System.Security.Cryptography;
using PkiCore.X509;

namespace PkiCore.LoadTest;

/// <summary>The command line.</summary>
internal sealed class LoadTestCommand
{
    private const int Passed = 0;
    private const int Failed = 1;
    private const int BadUsage = 2;

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
    private readonly Option<double> _get = new("--get") { Description = "The share of GET: 0 is all POST, 1 is all GET", HelpName = "SHARE", DefaultValueFactory = _ => 1 };
    private readonly Option<double> _zipf = new("--zipf") { Description = "Ask for some certificates more often, by this exponent; 0 treats all alike", HelpName = "S" };
    private readonly Option<int> _seed = new("--seed") { Description = "Repeats the choices of certificates and methods", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<string> _hash = new("--hash") { Description = "The hash of the CertID", DefaultValueFactory = _ => "sha1" };
    private readonly Option<int> _verifyEvery = new("--verify-every") { Description = "Verify every n-th answer in full; 0 for none", HelpName = "N", DefaultValueFactory = _ => 100 };
    private readonly Option<double> _timeout = new("--timeout") { Description = "How many seconds a request waits for a connection, and then for its answer", HelpName = "S", DefaultValueFactory = _ => 10 };
    private readonly Option<bool> _floor = new("--floor") { Description = "Measure nginx with one fixed answer as well: what the tool itself costs" };
    private readonly Option<FileInfo> _report = new("--report") { Description = "Write the table to a file, too", HelpName = "FILE" };

    private LoadTestCommand() => _hash.AcceptOnlyFromAmong("sha1", "sha256");

    /// <returns>0 when every answer that was looked at verifies and the rate was achieved to 99 %, 1 when not, 2 when the arguments are wrong.</returns>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        var options = new LoadTestCommand();
        var root = new RootCommand("Sends OCSP requests at a fixed rate, whatever the answers do, and measures each from the time it was due. Exit code: 0 when every answer looked at verifies and 99 % of the rate was achieved, 1 when not, 2 for wrong arguments.")
        {
            options._url, options._issuer, options._serials, options._index, options._rate, options._ramp, options._warmUp, options._duration, options._connections,
            options._threads, options._get, options._zipf, options._seed, options._hash, options._verifyEvery, options._timeout, options._floor, options._report,
        };
        root.SetAction((result, cancellationToken) => options.RunAsync(result, output, error, cancellationToken));
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            return Refuse(error, parsed.Errors.Select(fault => fault.Message));
        }

        // After Ctrl+C the requests that are out are waited for, and nginx is ended.
        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
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
                return Refuse(error, faults);
            }

            issuer = Issuer.FromPemFile(result.GetValue(_issuer)!.FullName);
            serials = await ReadSerialsAsync(result, cancellationToken);
            SerialFile.Shuffle(serials, scenario.Seed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or InvalidDataException)
        {
            return Refuse(error, [e.Message]);
        }

        if (serials.Length == 0)
        {
            return Refuse(error, ["Nothing to ask for: --serials and --index name no certificate."]);
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

        string report = Report.Write(run, floor);
        output.Write(report);
        if (result.GetValue(_report) is { } file)
        {
            File.WriteAllText(file.FullName, report);
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

    private static int Refuse(TextWriter error, IEnumerable<string> faults)
    {
        foreach (string fault in faults)
        {
            error.WriteLine(fault);
        }

        return BadUsage;
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
