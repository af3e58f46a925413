using static System.FormattableString;

namespace PkiCore.LoadTest.Reports;

/// <summary>A scenario in medians of its turns, and whether hits stayed as quick as they have to.</summary>
internal sealed class ScenarioSummary(ScenarioFigures scenario)
{
    private const double MostOfQuiet = 2;
    private const double MostAboveQuiet = 2;

    public ScenarioFigures Scenario => scenario;

    public RunFigures[] Quiet { get; } = [.. scenario.Turns.Select(turn => turn.Quiet)];

    public RunFigures[] Beside { get; } = [.. scenario.Turns.Select(turn => turn.Beside).OfType<RunFigures>()];

    public RunFigures[] Nginx { get; } = [.. scenario.Turns.Select(turn => turn.Nginx).OfType<RunFigures>()];

    /// <summary>Hits per second.</summary>
    public double Rate => Quiet.Length == 0 ? 0 : Figures.Median(Quiet.Select(run => run.Asked));

    /// <summary>How late the tool itself was, as p99: quiet, beside and nginx, as far as they are there.</summary>
    public string OwnLateness => string.Join(" / ", new[] { Quiet, Beside, Nginx }.Where(runs => runs.Length > 0)
        .Select(runs => Figures.Milliseconds(Figures.Median(runs.Select(run => run.OwnLateness.P99)))));

    /// <summary><see langword="null"/> where nothing is required, and of too few turns.</summary>
    public Verdict? Verdict
    {
        get
        {
            if (!scenario.IsGated || scenario.IsQuick || Beside.Length < Verdict.LeastTurns)
            {
                return null;
            }

            double quiet = P99(Quiet);
            double most = Math.Max(MostOfQuiet * quiet, quiet + MostAboveQuiet);
            return new Verdict($"p99 <= {Figures.Milliseconds(most)} ms", $"{Figures.Milliseconds(P99(Beside))} ms", P99(Beside) <= most);
        }
    }

    /// <summary>Whether nothing voids the times: no error in any run, and all made their rate, which a quick look does not ask for.</summary>
    public bool IsSound => Runs.All(run => run.Errors.Count == 0 && (scenario.IsQuick || run.HasMadeRate));

    /// <summary>The judgement in a word, wherever there is one; empty where nothing is required.</summary>
    public string Word => scenario.Failure is not null ? "FAILED" : !IsSound ? "void" : Verdict?.Word ?? "";

    /// <summary>What the scenario counted, by name.</summary>
    public IEnumerable<(string Name, double Value)> Facts =>
        scenario.Turns.SelectMany(turn => turn.Facts).GroupBy(fact => fact.Key, fact => fact.Value, StringComparer.Ordinal).Select(fact => (fact.Key, Figures.Median(fact)));

    /// <summary>What is to be said against the figures: errors, a rate that was not reached, and a tool that was the limit.</summary>
    public IEnumerable<string> Remarks
    {
        get
        {
            if (scenario.Failure is { } failure)
            {
                yield return $"failed: {failure}";
            }

            foreach ((string name, RunFigures[] runs) in new[] { ("quiet", Quiet), ("beside", Beside), ("nginx", Nginx) })
            {
                long errors = runs.Sum(run => run.Errors.Values.Sum());
                if (errors > 0)
                {
                    yield return $"{name}: {string.Join(", ", runs.SelectMany(run => run.Errors.Keys).Distinct(StringComparer.Ordinal))} ({Figures.Whole(errors)})";
                }

                if (runs.Where(run => !run.HasMadeRate).Select(run => run.Achieved / run.Asked).ToArray() is { Length: > 0 } missed)
                {
                    yield return Invariant($"{name}: {100 * missed.Min():0.0} % of the rate achieved in the worst of {missed.Length} turns that did not make it");
                }

                if (runs.Length > 0 && RunFigures.ToolBound(Figures.Median(runs.Select(run => run.SenderBusy))) is { Length: > 0 } bound)
                {
                    yield return $"{name}: {bound}";
                }
            }
        }
    }

    private IEnumerable<RunFigures> Runs => [.. Quiet, .. Beside, .. Nginx];

    public static double P99(IEnumerable<RunFigures> runs) => Figures.Median(runs.Select(run => run.Latency.P99));

    /// <summary>One for each of <see cref="LatencyFigures.Percents"/>.</summary>
    public static IReadOnlyList<double> Spectrum(IReadOnlyList<RunFigures> runs) =>
        [.. LatencyFigures.Percents.Select((_, i) => Figures.Median(runs.Select(run => run.Latency.Spectrum[i])))];

    /// <summary>p50, p99 and p99.9.</summary>
    public static string Latency(IReadOnlyList<RunFigures> runs) => runs.Count == 0
        ? "-"
        : $"{Median(runs, latency => latency.P50)} / {Median(runs, latency => latency.P99)} / {Median(runs, latency => latency.P999)}";

    private static string Median(IReadOnlyList<RunFigures> runs, Func<LatencyFigures, double> value) => Figures.Milliseconds(Figures.Median(runs.Select(run => value(run.Latency))));
}
