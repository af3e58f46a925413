using PkiCore.LoadTest.Reports;
using PkiCore.LoadTest.Scenarios;

namespace PkiCore.Responder.Tests.LoadTest;

public sealed class SuiteVerdictTests
{
    private static readonly Dictionary<string, double> s_noFacts = [];

    [Theory]
    [InlineData(1, 3)]
    [InlineData(0.1, 2.1)]
    [InlineData(5, 10)]
    public void Hits_may_take_twice_as_long_or_two_milliseconds_longer(double quiet, double beside)
    {
        Assert.Empty(FindFaults(Gated(Thrice(quiet, beside))));
        Assert.Contains("MISSED: p99 is", Assert.Single(FindFaults(Gated(Thrice(quiet, beside + 0.1)))), StringComparison.Ordinal);
    }

    [Fact]
    public void Fewer_than_three_turns_are_judged_by_no_time() => Assert.Empty(FindFaults(Gated((1, 50), (1, 50))));

    [Fact]
    public void Median_of_the_turns_counts() => Assert.Empty(FindFaults(Gated((1, 50), (1, 1.1), (1, 1.2), (1, 60), (1, 1.3))));

    [Fact]
    public void Scenario_that_is_only_reported_may_be_slow() => Assert.Empty(FindFaults(Gated(Thrice(1, 50)) with { IsGated = false }));

    [Fact]
    public void Wrong_answers_are_a_fault_in_every_scenario()
    {
        ScenarioFigures scenario = Gated((1, 1)) with { IsGated = false };
        TurnFigures turn = scenario.Turns[0] with { Beside = Run(1) with { Errors = new Dictionary<string, long> { ["other serial number"] = 3 } } };

        Assert.Equal("one: void: beside: other serial number (3)", Assert.Single(FindFaults(scenario with { Turns = [turn] })));
    }

    [Theory]
    [InlineData("quiet")]
    [InlineData("beside")]
    [InlineData("nginx")]
    public void Rate_that_was_not_made_in_any_run_is_a_fault_of_every_scenario(string run)
    {
        RunFigures late = Run(1) with { Achieved = 980 };
        TurnFigures turn = new(run == "quiet" ? late : Run(1), run == "beside" ? late : Run(1), run == "nginx" ? late : Run(1), s_noFacts);
        ScenarioFigures scenario = Gated((1, 1)) with { IsGated = false, Turns = [turn] };

        Assert.StartsWith($"one: void: {run}: 98.0 % of the rate", Assert.Single(FindFaults(scenario)), StringComparison.Ordinal);
    }

    [Fact]
    public void Quick_look_judges_answers_and_no_times()
    {
        ScenarioFigures slow = Gated(Thrice(1, 99)) with { IsQuick = true };
        RunFigures late = Run(1) with { Achieved = 1 };

        Assert.Empty(FindFaults(slow));
        Assert.Empty(FindFaults(slow with { Turns = [slow.Turns[0] with { Beside = late }] }));
        Assert.Single(FindFaults(slow with { Turns = [slow.Turns[0] with { Beside = late with { Errors = new Dictionary<string, long> { ["timeout"] = 1 } } }] }));
    }

    [Fact]
    public void Scenario_that_could_not_be_measured_is_a_fault() =>
        Assert.Equal("one: FAILED: failed: No CRL.", Assert.Single(FindFaults(Gated() with { Failure = "No CRL." })));

    private static string[] FindFaults(ScenarioFigures scenario) => [.. SuiteVerdict.FindFaults(new SuiteFigures("", "", "", 4000, [scenario]))];

    private static (double Quiet, double Beside)[] Thrice(double quiet, double beside) => [.. Enumerable.Repeat((quiet, beside), 3)];

    private static ScenarioFigures Gated(params (double Quiet, double Beside)[] turns) =>
        new("one", "", 1, 0.25, IsGated: true, [.. turns.Select(turn => new TurnFigures(Run(turn.Quiet), Run(turn.Beside), Nginx: null, s_noFacts))]);

    private static RunFigures Run(double p99)
    {
        var latency = new LatencyFigures(1000, p99, [.. LatencyFigures.Percents.Select(_ => p99)]);
        return new RunFigures(1000, 1000, latency, latency, 0, 10, new Dictionary<string, long>());
    }
}
