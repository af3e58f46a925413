using System.Globalization;
using PkiCore.LoadTest.Reports;

namespace PkiCore.LoadTest.Scenarios;

/// <summary>What is to be said of the results.</summary>
internal static class SuiteVerdict
{
    private const double GoodShare = 0.99;

    /// <summary>A line for each scenario.</summary>
    public static IEnumerable<string> Summarize(SuiteFigures suite) => suite.Scenarios.Select(scenario =>
    {
        double quiet = MedianP99(scenario, turn => turn.Quiet);
        string beside = scenario.Turns[0].Beside is null ? "" : Invariant($", beside {MedianP99(scenario, turn => turn.Beside!):N3} ms");
        string nginx = scenario.Turns[0].Nginx is null ? "" : Invariant($", nginx {MedianP99(scenario, turn => turn.Nginx!):N3} ms");
        return Invariant($"{scenario.Name}: {scenario.Turns[0].Quiet.Asked:N0}/s, p99 {quiet:N3} ms{beside}{nginx}");
    });

    /// <summary>What is not as it has to be, a line each.</summary>
    /// <param name="suite">The results.</param>
    /// <param name="judgesTimes">Whether times count, and not only answers.</param>
    public static IEnumerable<string> FindFaults(SuiteFigures suite, bool judgesTimes)
    {
        foreach (ScenarioFigures scenario in suite.Scenarios)
        {
            IEnumerable<RunFigures> runs = scenario.Turns.SelectMany(turn => new[] { turn.Quiet, turn.Beside }).OfType<RunFigures>();
            foreach (IGrouping<string, long> error in runs.SelectMany(run => run.Errors).GroupBy(error => error.Key, error => error.Value, StringComparer.Ordinal))
            {
                yield return Invariant($"{scenario.Name}: {error.Key} {error.Sum():N0}");
            }

            if (!scenario.IsGated || !judgesTimes)
            {
                continue;
            }

            double quiet = MedianP99(scenario, turn => turn.Quiet);
            double beside = MedianP99(scenario, turn => turn.Beside!);
            double limit = Math.Max(2 * quiet, quiet + 2);
            if (beside > limit)
            {
                yield return Invariant($"{scenario.Name}: p99 is {beside:N3} ms, and at most {limit:N3} ms were allowed");
            }

            if (scenario.Turns.Any(turn => turn.Beside!.Achieved < GoodShare * turn.Beside.Asked))
            {
                yield return $"{scenario.Name}: not all hits were answered in time";
            }
        }
    }

    private static double MedianP99(ScenarioFigures scenario, Func<TurnFigures, RunFigures> run)
    {
        double[] sorted = [.. scenario.Turns.Select(turn => run(turn).Latency.P99).Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
