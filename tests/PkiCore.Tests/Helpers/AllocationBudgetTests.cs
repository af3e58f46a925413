namespace PkiCore.Tests.Helpers;

public sealed class AllocationBudgetTests
{
    private static object? s_sink;

    [Fact]
    public void Nothing_is_nothing() =>
        Assert.Equal(0, AllocationBudget.Measure(static () => s_sink = null));

    [Fact]
    public void Allocation_is_measured_per_call() =>
        Assert.InRange(AllocationBudget.Measure(static () => s_sink = new byte[1000]), 1000, 1100);

    [Fact]
    public void Rare_allocation_is_not_rounded_away()
    {
        int calls = 0;
        Assert.Equal(1, AllocationBudget.Measure(() =>
        {
            if (++calls % 500 == 0)
            {
                s_sink = new object();
            }
        }));
    }

    [Fact]
    public void Between_marks_the_best_round_counts_after_the_first()
    {
        long[] marks = [0, 0, 10, 900, 930, 960, 981, 1011, 1041, 1071, 1101, 1131, 1161];

        Assert.Equal(26, AllocationBudget.Measure(marks));
        Assert.Throws<ArgumentOutOfRangeException>(() => AllocationBudget.Measure(marks[..6]));
    }

    [Fact]
    public void Budget_holds_up_to_its_value()
    {
        var budgets = new Dictionary<string, long>(StringComparer.Ordinal) { ["a"] = 24 };
        AllocationBudget.Check("a", 24, budgets);
        Assert.Throws<InvalidOperationException>(() => AllocationBudget.Check("a", 25, budgets));
        Assert.Throws<InvalidOperationException>(() => AllocationBudget.Check("b", 0, budgets));
        Assert.Throws<InvalidOperationException>(() => AllocationBudget.Assert("no-such-name", static () => { }));
    }
}
