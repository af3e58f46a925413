using System.Text.Json;
using PkiCore.LoadTest.Reports;
using PkiCore.LoadTest.Reports.Pages;

namespace PkiCore.Tests.LoadTest.Reports;

public sealed class SpeedTableTests
{
    private const string Readme = "before\n<!-- speed: generated -->\n| parse a request | as it was | |\n| gone | 1 | |\n<!-- /speed -->\nafter\n";

    [Fact]
    public void Rows_without_results_stay_and_unknown_ones_go()
    {
        using var files = new TemporaryDirectory();

        Assert.Equal(
            "before\n<!-- speed: generated -->\n\n|  | PkiCore | beside |\n| --- | --: | --- |\n| parse a request | as it was | |\n\n<!-- /speed -->\nafter\n",
            SpeedTable.Write(Readme, new ResultFiles(files.FullPath)));
    }

    [Fact]
    public void Newest_results_of_a_name_count()
    {
        using var files = new TemporaryDirectory();
        Save(files, "galera-2026-01-02", "9 ms (p50 1)");
        Save(files, "galera-2026-01-10", "7 ms (p50 1)");
        Save(files, "galera-2025-12-31", "8 ms (p50 1)");

        Assert.Contains(": p99 | 7 ms |  |\n", SpeedTable.Write(Readme, new ResultFiles(files.FullPath)), StringComparison.Ordinal);
    }

    [Fact]
    public void Results_that_lack_a_line_are_an_error()
    {
        using var files = new TemporaryDirectory();
        File.WriteAllText(files.File("crl-2026-01-02.json"), """{"date":"2026-01-02","machine":"m","rows":[],"figures":{}}""");

        Assert.Throws<InvalidDataException>(() => SpeedTable.Write(Readme, new ResultFiles(files.FullPath)));
    }

    [Fact]
    public void Results_of_another_shape_are_an_error_that_names_the_file()
    {
        using var files = new TemporaryDirectory();
        File.WriteAllText(files.File("compare-2026-01-02.json"), """{"date":"2026-01-02","samples":[{"kind":"full","target":"PkiCore GET"}]}""");

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => new ResultFiles(files.FullPath).Compare);
        Assert.Contains("compare-2026-01-02.json", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.76x (1.56-2.60; 43.1 ms)", "1.76x", "43.1 ms")]
    [InlineData("1.22x (1.13-1.35; 1.45 s and 1.19 s)", "1.22x", "1.45 s")]
    [InlineData("203 ms (p50 121, p90 181, longest 209)", "203 ms", "")]
    [InlineData("0.81 s, the longest of 3 (median 0.64 s)", "0.81 s", "")]
    [InlineData("1,179,198 (1,169,522-1,237,616)", "1,179,198", "")]
    [InlineData("119.4 B", "119.4 B", "")]
    public void Value_and_what_is_noted_behind_it_are_told_apart(string cell, string value, string note)
    {
        var line = new Dictionary<string, JsonElement> { ["value"] = JsonSerializer.SerializeToElement(cell) };

        Assert.Equal(new SpeedCells(value, note), SpeedCells.OfLine(line, "{value}", "{note}"));
    }

    [Fact]
    public void Slowest_of_the_scenarios_is_told_with_its_figures() =>
        Assert.Equal(
            "| 3.00 ms in the slowest | 1.00 ms with nothing beside (storm; medians of the turns) |",
            BesideHits(Beside("flood", 2), Beside("storm", 3), Beside("downloads", 9) with { IsGated = false }));

    [Fact]
    public void Scenario_without_a_sound_figure_may_have_been_the_slowest_and_is_named_instead()
    {
        ScenarioFigures flood = Beside("flood", 2);
        TurnFigures late = flood.Turns[0] with { Beside = MadeUp.Run(9) with { Achieved = 1 } };

        Assert.Equal("| flood: void |  |", BesideHits(flood with { Turns = [late, .. flood.Turns.Skip(1)] }, Beside("storm", 3)));
        Assert.Equal("| storm: FAILED |  |", BesideHits(flood, Beside("storm", 3) with { Turns = [], Failure = "It did not begin." }));
    }

    [Fact]
    public void Page_without_the_marks_is_an_error() =>
        Assert.Throws<InvalidDataException>(() => MarkedText.Replace("<!-- speed: generated -->\nno end", "speed", ""));

    private static ScenarioFigures Beside(string name, double p99) => MadeUp.Scenario(name, isGated: true, [1, 1, 1], [p99, p99, p99]);

    /// <summary>The cells of the row about hits beside other things.</summary>
    private static string BesideHits(params ScenarioFigures[] scenarios)
    {
        using var files = new TemporaryDirectory();
        File.WriteAllText(files.File("load-2026-01-02.json"), JsonSerializer.Serialize(MadeUp.Suite(scenarios), ResultJson.Options));
        const string Name = "| p99 of hits beside floods, revocations, snapshots and slow clients ";
        return SpeedTable.Write(Readme, new ResultFiles(files.FullPath)).Split('\n').Single(line => line.StartsWith(Name, StringComparison.Ordinal))[Name.Length..];
    }

    private static void Save(TemporaryDirectory files, string name, string value)
    {
        object[] rows =
        [
            new { Measure = "500 revocations on one node, to \"revoked\" at an edge that reads another: p99", Value = value, Target = (string?)null, IsMet = true },
            new { Measure = "first load of 2,000,000 certificates into the table, to mariadb --quick --batch > /dev/null", Value = "1x (1-1; 1 s)", Target = (string?)null, IsMet = true },
        ];
        File.WriteAllText(
            files.File(name + ".json"),
            JsonSerializer.Serialize(new { Date = name[^10..], Machine = "m", Rows = rows, Figures = new Dictionary<string, object>() }, ResultJson.Options));
    }
}
