using PkiCore.LoadTest.Reports;
using static System.FormattableString;

namespace PkiCore.LoadTest.Scenarios;

/// <summary>What is not as it has to be.</summary>
internal static class SuiteVerdict
{
    private const double GoodShare = 0.99;

    /// <returns>A line for each fault.</returns>
    /// <param name="suite">The results.</param>
    /// <param name="judgesTimes">Whether times count, and not only answers.</param>
    public static IEnumerable<string> FindFaults(SuiteFigures suite, bool judgesTimes)
    {
        foreach (ScenarioFigures scenario in suite.Scenarios)
        {
            var summary = new ScenarioSummary(scenario);
            foreach (IGrouping<string, long> error in summary.Quiet.Concat(summary.Beside).SelectMany(run => run.Errors).GroupBy(error => error.Key, error => error.Value, StringComparer.Ordinal))
            {
                yield return Invariant($"{scenario.Name}: {error.Key} {error.Sum():N0}");
            }

            if (!judgesTimes || summary.Verdict is not { } verdict)
            {
                continue;
            }

            if (!verdict.IsMet)
            {
                yield return $"{scenario.Name}: p99 is {verdict.Measured}, and it has to be {verdict.Target}";
            }

            if (Array.Exists(summary.Beside, run => run.Achieved < GoodShare * run.Asked))
            {
                yield return $"{scenario.Name}: not all hits were answered in time";
            }
        }
    }
}
