namespace PkiCore.Tests.Repository;

public sealed class ConformanceTests
{
    private static readonly ProvenRequirement[] s_proven = [.. SourceFiles.Under("tests").SelectMany(RequirementScan.Find)];

    [Fact]
    public void Every_mandatory_requirement_has_a_test_or_a_reason()
    {
        var covered = s_proven.Select(proven => proven.Id).ToHashSet(StringComparer.Ordinal);
        string[] missing = [.. Requirements.Read().Where(row => row.NeedsTest && !covered.Contains(row.Id)).Select(row => $"{row.Id} {row.Title}")];
        Assert.True(missing.Length == 0, $"{missing.Length} without test or reason:\n{string.Join('\n', missing)}");
    }

    [Fact]
    public void Attributes_name_known_requirements()
    {
        var known = Requirements.Read().Select(row => row.Id).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(s_proven.Where(proven => !known.Contains(proven.Id)).Select(proven => $"{proven.Place}: {proven.Id}"));
    }

    [Fact]
    public void Attributes_stand_on_tests_that_run() =>
        Assert.Empty(s_proven.Where(proven => !proven.IsOnTest).Select(proven => $"{proven.Place}: {proven.Test} is no test"));

    [Fact]
    public void Catalogue_names_each_requirement_once()
    {
        IReadOnlyList<Requirement> rows = Requirements.Read();
        Assert.Equal(rows.Count, rows.Select(row => row.Id).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Page_is_current() =>
        GeneratedFile.AssertCurrent(
            Requirements.Page,
            Requirements.BuildPage(Requirements.Read(), s_proven.ToLookup(proven => proven.Id, proven => proven.Test, StringComparer.Ordinal)));

    [Fact]
    public void Scan_finds_attributes_wherever_they_stand()
    {
        const string Code = """"
            namespace A;

            [Requirement("C-1")]
            public sealed class OneTests(int x)
            {
                private string _s = "[Requirement(\"C-9\")]";

                [Fact, Requirement("C-2", "C-3")]
                public async Task Two() { }

                // [Requirement("C-9")]
                [Requirement("C-4")]
                [Theory]
                [InlineData("public void Fake()", new[] { 1 }, """ ] """)]
                public void Three<T>(string a) { }

                [Requirement("C-5")]
                public void Not_a_test() { }
            }

            public class TwoTests
            {
                [Fact(Timeout = 5)]
                [Requirement("C-6")]
                [Requirement("C-7")]
                public static void Four() => G();
            }
            """";

        Assert.Equal(
            [
                ("C-1", "OneTests", true), ("C-2", "OneTests.Two", true), ("C-3", "OneTests.Two", true), ("C-4", "OneTests.Three", true),
                ("C-5", "OneTests.Not_a_test", false), ("C-6", "TwoTests.Four", true), ("C-7", "TwoTests.Four", true),
            ],
            RequirementScan.Find(new SourceFile("a.cs", Code)).Select(proven => (proven.Id, proven.Test, proven.IsOnTest)));
    }

    [Fact]
    public void Page_lists_tests_and_reasons()
    {
        IReadOnlyList<Requirement> rows = Requirements.Parse(["# comment", "A-1\tM\tfirst", "A-2\tMN\tsecond\twhy", "A-3\tM\tthird\tpartly: rest"]);
        string page = Requirements.BuildPage(rows, new[] { "X.B", "X.A", "X.A" }.ToLookup(_ => "A-1", StringComparer.Ordinal));

        Assert.EndsWith(
            "| A-1 | M | first | `X.A`<br>`X.B` |\n| A-2 | MN | second | not covered: why |\n| A-3 | M | third | not covered: partly: rest |\n",
            page,
            StringComparison.Ordinal);
        Assert.Equal([true, false, true], rows.Select(row => row.NeedsTest));
    }
}
