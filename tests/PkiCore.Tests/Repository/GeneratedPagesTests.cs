using PkiCore.LoadTest.Reports.Pages;

namespace PkiCore.Tests.Repository;

/// <summary>The figures in pages are those in <c>bench/results</c>.</summary>
public sealed class GeneratedPagesTests
{
    [Fact]
    public void Tables_and_charts_follow_from_the_saved_results() =>
        Assert.All(GeneratedPages.Make(Checkout.Root), page => GeneratedFile.AssertCurrent(page.Key, page.Value));
}
