namespace PkiCore.Tests.Repository;

public sealed class AllocationBudgetsTests
{
    /// <summary>A budget that no test measures is a promise that nobody keeps.</summary>
    [Fact]
    public void Every_budget_is_measured_by_a_test()
    {
        SourceFile[] tests = [.. SourceFiles.Under("tests").Where(file => file.Path.EndsWith("Tests.cs", StringComparison.Ordinal))];
        string[] idle = [.. AllocationBudget.Read().Keys.Where(name => !Array.Exists(tests, file => file.Text.Contains('"' + name + '"', StringComparison.Ordinal)))];

        Assert.Empty(idle);
    }
}
