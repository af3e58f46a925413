using PkiCore.LoadTest.Reports;

namespace PkiCore.LoadTest.Scenarios;

/// <summary>What is not as it has to be: the words of the report, once more for the exit code.</summary>
internal static class SuiteVerdict
{
    /// <returns>A line for each scenario that is not as it has to be.</returns>
    public static IEnumerable<string> FindFaults(SuiteFigures suite)
    {
        foreach (ScenarioSummary summary in suite.Scenarios.Select(scenario => new ScenarioSummary(scenario)))
        {
            if (summary.Scenario.Failure is not null || !summary.IsSound)
            {
                yield return $"{summary.Scenario.Name}: {summary.Word}: {string.Join("; ", summary.Remarks)}";
            }
            else if (summary.Verdict is { IsMet: false } missed)
            {
                yield return $"{summary.Scenario.Name}: {summary.Word}: p99 is {missed.Measured}, and it has to be {missed.Target}";
            }
        }
    }
}
