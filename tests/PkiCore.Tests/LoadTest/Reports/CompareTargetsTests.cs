using PkiCore.LoadTest.Reports;
using PkiCore.LoadTest.Reports.Compare;

namespace PkiCore.Tests.LoadTest.Reports;

public sealed class CompareTargetsTests
{
    [Fact]
    public void Processor_time_is_judged_by_the_median_of_the_ratios_turn_by_turn()
    {
        // The machine slows down in the third turn, for both.
        Verdict verdict = Judge(MadeUp.Costs("PkiCore GET", 10.5, 11, 33), MadeUp.Costs("Kestrel GET", 10, 10, 30));

        Assert.Equal(("1.10x (1.05-1.10)", true), (verdict.Measured, verdict.IsMet));
    }

    [Fact]
    public void Processor_time_of_POST_is_compared_with_POST()
    {
        Verdict verdict = Judge(MadeUp.Costs("PkiCore POST", 12), MadeUp.Costs("Kestrel GET", 12), MadeUp.Costs("Kestrel POST", 10));

        Assert.Equal(("1.20x (1.20-1.20)", "MISSED"), (verdict.Measured, verdict.Word));
    }

    [Theory]
    [InlineData(8000, true)]
    [InlineData(7900, false)]
    public void Rate_has_to_be_eight_times_that_of_cfssl(double rate, bool isMet) =>
        Assert.Equal(isMet, Judge(MadeUp.Rates("PkiCore POST", rate, rate, rate), MadeUp.Rates("cfssl POST", 1000, 1000, 1000)).IsMet);

    [Fact]
    public void Tail_of_at_most_twice_the_floor_is_at_floor_whatever_nginx_does_with_a_file()
    {
        Verdict verdict = Judge(MadeUp.Tails("PkiCore GET", 0.9, 1.0, 1.1), MadeUp.Tails("nginx file GET", 0.1, 0.1, 0.1), MadeUp.Tails("nginx memory GET", 0.5, 0.5, 0.5));

        Assert.Equal(("at floor: 1.00 ms, the tool's floor 0.500 ms", true), (verdict.Measured, verdict.IsMet));
    }

    [Theory]
    [InlineData(1.2, "2.00x (2.00-2.00)", true)]
    [InlineData(1.5, "2.50x (2.50-2.50)", false)]
    public void Tail_above_the_floor_is_compared_with_nginx_with_a_file(double p99, string measured, bool isMet)
    {
        Verdict verdict = Judge(MadeUp.Tails("PkiCore GET", p99), MadeUp.Tails("nginx file GET", 0.6), MadeUp.Tails("nginx memory GET", 0.5));

        Assert.Equal((measured, isMet), (verdict.Measured, verdict.IsMet));
    }

    [Fact]
    public void Tail_is_compared_with_the_better_of_two_ways_to_send_a_file()
    {
        Verdict verdict = Judge(
            MadeUp.Tails("PkiCore GET", 1.2), MadeUp.Tails("nginx file GET", 0.6), MadeUp.Tails("nginx file, no sendfile GET", 0.4), MadeUp.Tails("nginx memory GET", 0.5));

        Assert.Equal(("3.00x (3.00-3.00)", "MISSED"), (verdict.Measured, verdict.Word));
    }

    [Theory]
    [InlineData(0, 20_000, "met")]
    [InlineData(0, 19_800, "met")]
    [InlineData(0, 19_799, "void")]
    [InlineData(1, 20_000, "void")]
    public void Verdict_is_void_when_a_turn_had_errors_or_missed_the_rate(double errors, double rate, string word)
    {
        IEnumerable<CompareSample> ours = MadeUp.Costs("PkiCore GET", 10, 10, 10).Select(sample => sample.Turn == 2 ? sample with { Errors = errors, RequestsPerSecond = rate } : sample);

        Assert.Equal(word, Judge(ours, MadeUp.Costs("Kestrel GET", 10, 10, 10)).Word);
    }

    [Theory]
    [InlineData(0.5, "met")]
    [InlineData(0.51, "void")]
    public void Tail_at_floor_is_void_when_the_tool_itself_was_late_for_half_of_it(double lateness, string word)
    {
        IEnumerable<CompareSample> ours = MadeUp.Tails("PkiCore GET", 1).Select(sample => sample with { OwnLatenessP99 = lateness });

        Assert.Equal(word, Judge(ours, MadeUp.Tails("nginx memory GET", 0.9)).Word);
    }

    [Fact]
    public void What_was_not_measured_is_not_judged() =>
        Assert.Empty(CompareTargets.Judge(MadeUp.Compare([.. MadeUp.Rates("PkiCore GET", 1), .. MadeUp.Costs("PkiCore GET", 1), .. MadeUp.Tails("PkiCore GET", 1)])));

    private static Verdict Judge(params IEnumerable<CompareSample>[] samples) => Assert.Single(CompareTargets.Judge(MadeUp.Compare(samples.SelectMany(some => some))));
}
