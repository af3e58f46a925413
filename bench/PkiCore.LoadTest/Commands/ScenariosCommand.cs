using System.CommandLine;
using System.Text.Json;
using PkiCore.LoadTest.Reports;
using PkiCore.LoadTest.Scenarios;
using PkiCore.LoadTest.Scenarios.Hosts;
using PkiCore.Testing;

namespace PkiCore.LoadTest.Commands;

/// <summary><c>scenarios</c>: the whole responder, alone and beside what else can happen to it.</summary>
internal sealed class ScenariosCommand
{
    private const int Passed = 0;
    private const int Failed = 1;
    private const int Turns = 5;
    private const double Length = 5;

    /// <summary>What disturbs for a third of a second, as a snapshot does, is more than a hundredth of this.</summary>
    private static readonly TimeSpan s_mostLength = TimeSpan.FromSeconds(20);

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly Option<bool> _quick = new("--quick") { Description = "One short turn with few certificates, to see that all works; nothing is judged by time" };
    private readonly Option<string[]> _only = new("--only") { Description = $"Measure only these: {string.Join(", ", ScenarioList.Names)}", HelpName = "NAME", AllowMultipleArgumentsPerToken = true };
    private readonly Option<int?> _turns = new("--turns") { Description = "How often each is measured; 5, or 1 if quick", HelpName = "N" };
    private readonly Option<double?> _seconds = new("--seconds") { Description = "How long hits are measured in a turn, 1 to 20; 5, or 1 if quick", HelpName = "S" };
    private readonly Option<bool> _save = new("--save") { Description = $"Write all figures to bench/results/load-DATE.json; only of a whole run of {Verdict.LeastTurns} turns or more" };
    private readonly Option<FileInfo> _json = new("--json") { Description = "Write all figures to a file", HelpName = "FILE" };
    private readonly Option<FileInfo> _report = new("--report") { Description = "Write the table to a file, too", HelpName = "FILE" };
    private readonly Option<FileInfo> _html = new("--html") { Description = "Write a page with a chart of latencies for each scenario", HelpName = "FILE" };
    private readonly Option<bool> _force = new("--force") { Description = "Measure although other processes are busy" };

    public static Command Create(TextWriter output, TextWriter error)
    {
        var options = new ScenariosCommand();
        var command = new Command("scenarios", "Starts responders on processor 0 and measures from processor 1 how quickly they answer while other things go on. Exit code: 0 when all was as it has to be, 1 when not, 2 for wrong arguments. Linux only.")
        {
            options._quick, options._only, options._turns, options._seconds, options._save, options._json, options._report, options._html, options._force,
        };
        command.SetAction((result, cancellationToken) => options.RunAsync(result, output, error, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        bool isQuick = result.GetValue(_quick);
        double seconds = result.GetValue(_seconds) ?? (isQuick ? 1 : Length);
        var settings = new ScenarioSettings(isQuick, result.GetValue(_turns) ?? (isQuick ? 1 : Turns), TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 1e6)));
        IReadOnlyList<ScenarioPlan> all = ScenarioList.Create(settings);
        string[] only = result.GetValue(_only) ?? [];
        string[] faults = [.. FindFaults(settings, all, only, result.GetValue(_save))];
        if (faults.Length > 0)
        {
            return LoadTestCommand.Refuse(error, faults);
        }

        string others = await Machine.FindOtherProcessesAsync(cancellationToken);
        if (others.Length > 0)
        {
            await error.WriteLineAsync($"Other processes are busy: {others}.");
            if (!isQuick && !result.GetValue(_force))
            {
                await error.WriteLineAsync("End them, or measure all the same with --force.");
                return Failed;
            }
        }

        ScenarioPlan[] chosen = [.. all.Where(plan => only.Length > 0 ? only.Contains(plan.Name, StringComparer.Ordinal) : !isQuick || plan.Name != ScenarioList.Failover)];
        try
        {
            Machine.StayOn(ScenarioHost.OtherProcessor);
            using var room = new ScenarioRoom(settings, error);
            SuiteFigures suite = await new ScenarioSuite(room, cancellationToken).MeasureAsync(chosen, others);
            suite = await AddLaterProcessesAsync(suite, error, cancellationToken);
            Write(result, suite, output, error);
            return Judge(suite, error);
        }
        catch (Exception e) when (ScenarioSuite.IsFault(e))
        {
            await error.WriteLineAsync(e.Message);
            return Failed;
        }
    }

    private static IEnumerable<string> FindFaults(ScenarioSettings settings, IReadOnlyList<ScenarioPlan> all, string[] only, bool saves)
    {
        if (saves && (settings.IsQuick || only.Length > 0))
        {
            yield return "--save keeps what pages are made from, which has to be a whole run: not with --quick or --only. --json writes any run to a file.";
        }

        if (saves && settings.Turns < Verdict.LeastTurns)
        {
            yield return $"--save needs --turns {Verdict.LeastTurns} or more: fewer are judged by no target.";
        }

        if (settings.Turns is < 1 or > 100)
        {
            yield return "--turns has to be 1 to 100.";
        }

        if (settings.Length < TimeSpan.FromSeconds(1) || settings.Length > s_mostLength)
        {
            yield return $"--seconds has to be 1 to {s_mostLength.TotalSeconds:0}: in the p99 of longer runs a disturbance of a third of a second, such as a snapshot, is lost.";
        }

        if (Environment.ProcessorCount < 2)
        {
            yield return "There have to be two processors: one that answers and one that asks.";
        }

        foreach (string name in only.Where(name => all.All(plan => plan.Name != name)))
        {
            yield return $"There is no scenario '{name}'; there are {string.Join(", ", all.Select(plan => plan.Name))}.";
        }
    }

    /// <summary>Who came while it was measured counts, too.</summary>
    private static async Task<SuiteFigures> AddLaterProcessesAsync(SuiteFigures suite, TextWriter error, CancellationToken cancellationToken)
    {
        string later = await Machine.FindOtherProcessesAsync(cancellationToken);
        if (later.Length == 0)
        {
            return suite;
        }

        await error.WriteLineAsync($"Other processes are busy at the end: {later}.");
        return suite with { OtherProcesses = suite.OtherProcesses.Length > 0 ? $"{suite.OtherProcesses}; at the end {later}" : $"at the end {later}" };
    }

    private static int Judge(SuiteFigures suite, TextWriter error)
    {
        string[] faults = [.. SuiteVerdict.FindFaults(suite)];
        foreach (string fault in faults)
        {
            error.WriteLine(fault);
        }

        return faults.Length == 0 ? Passed : Failed;
    }

    private void Write(ParseResult result, SuiteFigures suite, TextWriter output, TextWriter error)
    {
        string json = JsonSerializer.Serialize(suite, s_json) + "\n";
        string report = ScenarioMarkdown.Write(suite);
        output.Write(report);
        Save(result.GetValue(_save) ? Checkout.PathOf($"bench/results/load-{suite.Date}.json") : null, json, error);
        Save(result.GetValue(_json)?.FullName, json, error);
        Save(result.GetValue(_report)?.FullName, report, error);
        Save(result.GetValue(_html)?.FullName, ScenarioPage.Write(suite), error);
    }

    private static void Save(string? path, string content, TextWriter error)
    {
        if (path is not null)
        {
            File.WriteAllText(path, content);
            error.WriteLine(path);
        }
    }
}
