using System.CommandLine;
using System.Globalization;
using PkiCore.Pkcs11;
using PkiCore.Responder.Configuration;
using PkiCore.X509;
using Spectre.Console;

namespace PkiCore.Responder.Commands;

/// <summary><c>hsm bench</c>: how many signatures a token makes in a second, by the number of sessions.</summary>
internal static class HsmBenchCommand
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(100);

    public static Command Create()
    {
        var uri = new Argument<string>("URI") { Description = "The pkcs11: URI of a key" };
        var seconds = new Option<double>("--seconds") { Description = "How long to measure each number of sessions, 0.1 to 600", HelpName = "N", DefaultValueFactory = _ => 2 };
        var sessions = new Option<int>("--sessions") { Description = "The highest number of sessions, 1 to 1024", HelpName = "N", DefaultValueFactory = _ => new Pkcs11Options().MaxSessions };
        var verify = new Option<bool>("--verify") { Description = "Verify each signature, as the responder does by default" };
        var algorithm = HsmOptions.Algorithm();
        seconds.Validators.Add(result => RequireRange(result, result.Tokens is not [var token] || (double.TryParse(token.Value, CultureInfo.InvariantCulture, out double value) && value is >= 0.1 and <= 600), "--seconds has to be 0.1 to 600."));
        sessions.Validators.Add(result => RequireRange(result, result.Tokens is not [var token] || (int.TryParse(token.Value, CultureInfo.InvariantCulture, out int value) && value is >= 1 and <= 1024), "--sessions has to be 1 to 1024."));
        var command = new Command("bench", "Measure signatures per second with 1, 2, 4, ... sessions.") { uri, seconds, sessions, verify, algorithm };
        command.SetAction((result, cancellationToken) => RunAsync(
            HsmKey.Check(result.GetValue(uri)!),
            HsmOptions.Find(result.GetValue(algorithm)),
            TimeSpan.FromSeconds(result.GetValue(seconds)),
            new Pkcs11Options { MaxSessions = result.GetValue(sessions), VerifySignatures = result.GetValue(verify), PinPrompt = SecretPrompt.AskForPin },
            cancellationToken));
        return command;
    }

    private static void RequireRange(System.CommandLine.Parsing.OptionResult result, bool isInRange, string rule)
    {
        if (!isInRange)
        {
            result.AddError(rule);
        }
    }

    private static async Task<int> RunAsync(string uri, SignatureAlgorithm? algorithm, TimeSpan duration, Pkcs11Options options, CancellationToken cancellationToken)
    {
        try
        {
            using Pkcs11Signer signer = HsmKey.Open(uri, certificate: null, algorithm, options);
            Console.WriteLine($"{signer}: {KeyKind.Of(signer.Certificate.PublicKey)}, {signer.Algorithm}, {(options.VerifySignatures ? "each signature verified" : "signatures not verified")}");
            int[] steps = Steps(options.MaxSessions);
            List<BenchResult> results = AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected
                ? await AnsiConsole.Progress().AutoClear(true)
                    .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                    .StartAsync(context => MeasureAsync(signer, steps, duration, context.AddTask("Signing", maxValue: steps.Length), cancellationToken)).ConfigureAwait(false)
                : await MeasureAsync(signer, steps, duration, bar: null, cancellationToken).ConfigureAwait(false);
            Print(results);
            return 0;
        }
        catch (Exception e) when (HsmKey.Describe(e) is not null)
        {
            throw new ConfigurationException(HsmKey.Describe(e)!, e);
        }
    }

    /// <summary>1, 2, 4 and so on, and the highest.</summary>
    private static int[] Steps(int max) => [.. Enumerable.Range(0, 11).Select(power => 1 << power).Where(step => step < max), max];

    private static async Task<List<BenchResult>> MeasureAsync(Pkcs11Signer signer, int[] steps, TimeSpan duration, ProgressTask? bar, CancellationToken cancellationToken)
    {
        var results = new List<BenchResult>();
        foreach (int step in steps)
        {
            Task<BenchResult> run = HsmBenchRun.MeasureAsync(signer, step, duration, cancellationToken);
            while (bar is not null && await Task.WhenAny(run, Task.Delay(s_tick, cancellationToken)).ConfigureAwait(false) != run)
            {
                bar.Value = Math.Min(bar.Value + (s_tick / duration), results.Count + 1);
            }

            results.Add(await run.ConfigureAwait(false));
        }

        return results;
    }

    private static void Print(List<BenchResult> results)
    {
        Console.WriteLine("sessions  signatures/s  times one  ms each");
        foreach (BenchResult result in results)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Sessions,8}  {result.Rate,12:N0}  {result.Rate / results[0].Rate,9:0.00}  {result.Milliseconds,7:0.00}"));
        }
    }
}
