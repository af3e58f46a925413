using System.Globalization;
using PkiCore.LoadTest.Commands;
using PkiCore.LoadTest.Injection;
using PkiCore.LoadTest.Reports;
using PkiCore.LoadTest.Scenarios.Disturbances;
using PkiCore.LoadTest.Scenarios.Hosts;
using PkiCore.Ocsp;
using PkiCore.X509;

namespace PkiCore.LoadTest.Scenarios;

/// <summary>Measures scenarios on a host.</summary>
internal sealed class TurnRunner(ScenarioRoom room, ScenarioHost host, CancellationToken cancellationToken)
{
    private const string TryLater = "OCSP tryLater";

    /// <summary>One hit of so many.</summary>
    private const int MostPutOff = 200;

    private const double FirstRate = 4_000;
    private const double MaxP99 = 10e6; // 10 ms

    private byte[]? _answer;
    private int _seed;

    /// <summary>Lets the host's code be compiled for what is most often asked.</summary>
    public void WarmUp(double rate)
    {
        room.Report("warming up");
        TimeSpan length = room.Settings.FirstWarmUp;
        _answer = Run(Hits(Math.Max(FirstRate, rate), length) with { Ramp = length, WarmUp = default }).Counters.Sample;
    }

    /// <summary>The highest rate that is answered in time, and how busy the sender was then; measured as all that follows, of which rates are shares.</summary>
    public (double Rate, double SenderBusy) FindMaximum()
    {
        if (room.Settings.IsQuick)
        {
            return (FirstRate, 0); // nothing is judged by it, and a busy machine may have no rate that is answered in time
        }

        double busy = 0;
        double maximum = MaximumSearch.Find(rate =>
        {
            RunResult run = Run(Hits(rate, room.Settings.Length));
            long p99 = run.Counters.Latency.Percentile(99);
            bool isGood = run.HasPassed && p99 < MaxP99;
            room.Report(string.Create(CultureInfo.InvariantCulture, $"{rate:N0}/s: {run.Achieved:N0}/s answered, p99 {p99 / 1e6:N3} ms{(isGood ? "" : ": too much")}"));
            cancellationToken.ThrowIfCancellationRequested();
            busy = isGood ? RunFigures.Of(run).SenderBusy : busy; // good rates only rise
            return isGood;
        });
        return maximum > 0 ? (maximum, busy) : throw new IOException("The host answers no rate in time: does anything else use the processors?");
    }

    /// <summary>Measures turns of a scenario.</summary>
    public async Task<IReadOnlyList<TurnFigures>> MeasureAsync(ScenarioPlan plan, double maximum, int firstTurn, int count)
    {
        Scenario hits = Hits(plan.Share * maximum, plan.MinLength > room.Settings.Length ? plan.MinLength : room.Settings.Length) with
        {
            Zipf = plan.Zipf,
            IsPunctual = plan.Beside is null, // what disturbs is on the same processor, and a sender that never sleeps would have to wait for its turn behind it
        };
        using NginxFloor? nginx = plan.HasNginx ? new NginxFloor(_answer!, ScenarioHost.Processor) : null;
        var turns = new List<TurnFigures>();
        for (int turn = firstTurn; turn < firstTurn + count; turn++)
        {
            await host.WaitUntilCalmAsync(cancellationToken);
            TurnFigures figures = await MeasureTurnAsync(plan, hits, nginx);
            turns.Add(figures);
            room.Report(Describe(plan, turn, figures));
        }

        return turns;
    }

    private async Task<TurnFigures> MeasureTurnAsync(ScenarioPlan plan, Scenario hits, NginxFloor? nginx)
    {
        var quiet = RunFigures.Of(Run(hits));
        RunFigures? beside = null;
        IReadOnlyDictionary<string, double> facts = new Dictionary<string, double>();
        if (plan.Beside is { } create)
        {
            using IDisturbance disturbance = create(new Surroundings(room.Settings, host, hits with { Seed = _seed }));
            await disturbance.BeginAsync(cancellationToken);
            beside = RunFigures.Of(Run(hits));
            facts = await disturbance.EndAsync(cancellationToken);
            if (plan.MayPutOff)
            {
                (beside, facts) = PutOff(beside, facts);
            }

            beside = beside with { Errors = beside.Errors.Concat(disturbance.Errors).ToDictionary(StringComparer.Ordinal) };
        }

        // Its only answer is asked for and verified as all others are: what the tool does is the same.
        RunFigures? floor = nginx is null ? null : RunFigures.Of(Run(hits with { Target = nginx.Url }, [SerialOf(_answer!)]));
        return new TurnFigures(quiet, beside, floor, facts);
    }

    /// <summary>Takes a few answers tryLater for what they are, and not for errors.</summary>
    private static (RunFigures Beside, IReadOnlyDictionary<string, double> Facts) PutOff(RunFigures beside, IReadOnlyDictionary<string, double> facts)
    {
        long count = beside.Errors.GetValueOrDefault(TryLater);
        if (count > beside.Latency.Count / MostPutOff)
        {
            return (beside, facts);
        }

        return (
            beside with { Errors = beside.Errors.Where(error => error.Key != TryLater).ToDictionary(StringComparer.Ordinal) },
            new Dictionary<string, double>(facts, StringComparer.Ordinal) { ["hits put off (tryLater)"] = count });
    }

    /// <summary>What hits are, in every scenario.</summary>
    private Scenario Hits(double rate, TimeSpan length) => new()
    {
        Target = host.Process.Url,
        Rate = rate,
        WarmUp = room.Settings.WarmUp,
        Duration = length,
        Processor = ScenarioHost.OtherProcessor,
        Zipf = 1,
    };

    private RunResult Run(Scenario scenario, SerialNumber[]? serials = null)
    {
        GC.Collect(); // nothing that was left over is collected while it is measured
        scenario = scenario with { Seed = ++_seed }; // other draws each time: the last ones may be in the processor's caches
        RunResult run = LoadRun.Run(scenario, host.Issuer, serials ?? host.Serials, progress: null, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return run;
    }

    private static SerialNumber SerialOf(byte[] answer) =>
        OcspResponse.Parse(answer)?.Responses is [{ } single] && SerialNumber.TryCreate(single.SerialNumber.Span, out SerialNumber serial) ? serial
            : throw new IOException("The host's answer, which nginx is to have, is none for one certificate.");

    private string Describe(ScenarioPlan plan, int turn, TurnFigures figures)
    {
        string[] parts =
        [
            Milliseconds("quiet", figures.Quiet),
            .. figures.Beside is { } beside ? [Milliseconds("beside", beside)] : Array.Empty<string>(),
            .. figures.Nginx is { } nginx ? [Milliseconds("nginx", nginx)] : Array.Empty<string>(),
            .. figures.Facts.Select(fact => string.Create(CultureInfo.InvariantCulture, $"{fact.Key} {fact.Value:#,0.###}")),
        ];
        return string.Create(CultureInfo.InvariantCulture, $"{plan.Name}, turn {turn} of {room.Settings.Turns}: {string.Join(", ", parts)}");
    }

    private static string Milliseconds(string name, RunFigures run) => string.Create(CultureInfo.InvariantCulture, $"{name} p99 {run.Latency.P99:N3} ms");
}
