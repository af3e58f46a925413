using System.Xml.Linq;
using PkiCore.LoadTest.Reports;

namespace PkiCore.Tests.LoadTest.Reports;

public sealed class ScenarioReportTests
{
    [Theory]
    [InlineData(new[] { 0.5, 0.5, 9 }, new[] { 2.5, 2.4, 30 }, "p99 <= 2.50 ms", true)]
    [InlineData(new[] { 0.5, 0.5, 9 }, new[] { 2.5, 2.6, 2.6 }, "p99 <= 2.50 ms", false)]
    [InlineData(new[] { 5.0, 5.0, 5.0 }, new[] { 10.0, 10.0, 99 }, "p99 <= 10.0 ms", true)]
    [InlineData(new[] { 5.0, 5.0, 5.0 }, new[] { 10.1, 10.1, 1 }, "p99 <= 10.0 ms", false)]
    public void Hits_may_take_twice_as_long_as_quiet_ones_or_two_milliseconds_more(double[] quiet, double[] beside, string target, bool isMet)
    {
        Verdict? verdict = new ScenarioSummary(MadeUp.Scenario("a flood", isGated: true, quiet, beside)).Verdict;

        Assert.Equal((target, isMet), (verdict?.Target, verdict?.IsMet));
    }

    [Fact]
    public void What_is_only_reported_is_not_judged() =>
        Assert.Null(new ScenarioSummary(MadeUp.Scenario("downloads", isGated: false, [1], [100])).Verdict);

    [Theory]
    [InlineData(2, "-", "So few turns are judged by no target; void")]
    [InlineData(3, "p99 <= 3.00 ms", "The target is on p99 beside")]
    public void Fewer_than_three_turns_are_judged_by_no_target(int turns, string target, string head)
    {
        double[] quiet = [.. Enumerable.Repeat(1.0, turns)];
        double[] beside = [.. Enumerable.Repeat(50.0, turns)];

        string text = ScenarioMarkdown.Write(MadeUp.Suite(MadeUp.Scenario("a flood", isGated: true, quiet, beside)));

        Assert.Contains($"| - | 0.010 / 0.010 | {target} |", text, StringComparison.Ordinal);
        Assert.Contains(head, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_has_a_row_and_a_line_of_words_for_each_scenario()
    {
        string text = ScenarioMarkdown.Write(MadeUp.Suite(MadeUp.Scenario("a flood", isGated: true, [1, 1, 1], [4, 4, 4]), MadeUp.Scenario("steady", isGated: false, [1], null)));

        Assert.Contains("| a flood | 10,000 | 20,000 (25 %) | 0.020 / 1.00 / 10.0 | 0.080 / 4.00 / 40.0 | - | 0.010 / 0.010 | p99 <= 3.00 ms | MISSED |\n", text, StringComparison.Ordinal);
        Assert.Contains("| steady | 10,000 | 20,000 (25 %) | 0.020 / 1.00 / 10.0 | - | - | 0.010 | - |  |\n", text, StringComparison.Ordinal);
        Assert.Contains("- a flood: What a flood does. (done 1)\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_and_a_rate_that_was_not_reached_are_told()
    {
        RunFigures bad = MadeUp.Run(1) with { Achieved = 15_000, Errors = new Dictionary<string, long> { ["timeout"] = 3 } };
        var scenario = new ScenarioFigures("a flood", "A flood.", 1, 0.25, true, [new TurnFigures(MadeUp.Run(1), bad, null, new Dictionary<string, double>())]);

        var summary = new ScenarioSummary(scenario);
        Assert.Equal(["beside: timeout (3)", "beside: 75.0 % of the rate achieved in the worst of 1 turns that did not make it"], summary.Remarks);
        Assert.Equal("void", summary.Word);
    }

    [Fact]
    public void Sender_that_was_the_limit_is_told()
    {
        ScenarioFigures scenario = MadeUp.Scenario("steady", isGated: false, [1], null);
        TurnFigures turn = scenario.Turns[0] with { Quiet = MadeUp.Run(1) with { SenderBusy = 0.95 } };

        Assert.Equal(["quiet: tool-bound (sender busy 95 %)"], new ScenarioSummary(scenario with { Turns = [turn] }).Remarks);
        Assert.Contains("80,000 requests/s, tool-bound (sender busy 92 %).", ScenarioMarkdown.Write(MadeUp.Suite(scenario) with { MaximumSenderBusy = 0.92 }), StringComparison.Ordinal);
    }

    [Fact]
    public void Scenario_that_failed_is_marked_beside_the_figures_of_the_others()
    {
        ScenarioFigures failed = MadeUp.Scenario("downloads", isGated: true, [], []) with { Failure = "No CRL." };
        SuiteFigures suite = MadeUp.Suite(MadeUp.Scenario("steady", isGated: false, [1], null), failed);

        string text = ScenarioMarkdown.Write(suite);

        Assert.Contains("| downloads | 10,000 | 0 (25 %) | - | - | - | - | - | FAILED |\n", text, StringComparison.Ordinal);
        Assert.Contains("- downloads: What downloads does. (failed: No CRL.)\n", text, StringComparison.Ordinal);
        Assert.Contains("FAILED", ScenarioPage.Write(suite), StringComparison.Ordinal);
        Assert.DoesNotContain("downloads", PkiCore.LoadTest.Reports.Pages.LoadChart.Draw(suite), StringComparison.Ordinal);
    }

    [Fact]
    public void Page_needs_no_other_file_and_has_a_chart_with_all_lines_for_each_scenario()
    {
        string page = ScenarioPage.Write(MadeUp.Suite(MadeUp.Scenario("a < b & c", isGated: true, [1, 1, 1], [4, 4, 4]), MadeUp.Scenario("steady", isGated: false, [1], null)));

        XElement html = XDocument.Parse(page).Root!;
        Assert.Equal([2, 1], html.Descendants().Where(element => element.Name.LocalName == "svg").Select(svg => svg.Descendants().Count(element => element.Name.LocalName == "polyline")));
        Assert.All(["script", "link", "img"], name => Assert.Empty(html.Descendants(name)));
        Assert.DoesNotContain("url(", page, StringComparison.Ordinal);
        Assert.DoesNotContain("/>", page.Replace("<meta", "", StringComparison.Ordinal).Split("</head>")[1].Split("<section>")[0], StringComparison.Ordinal);
    }
}
