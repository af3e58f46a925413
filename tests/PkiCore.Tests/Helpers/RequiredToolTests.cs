namespace PkiCore.Tests.Helpers;

public sealed class RequiredToolTests
{
    [Fact]
    public void Missing_tool_skips_on_a_desk_in_the_way_xunit_understands()
    {
        Exception expected = Xunit.Sdk.SkipException.ForSkip("no-such-tool is not installed; tests/run.sh installs it.");
        Assert.Equal(expected.Message, RequiredTool.Missing("no-such-tool", isCI: false).Message);
    }

    [Fact]
    public void Missing_tool_fails_in_ci() =>
        Assert.IsType<FileNotFoundException>(RequiredTool.Missing("no-such-tool", isCI: true));

    [Fact]
    public void Tool_is_found_by_name()
    {
        Assert.Equal("/bin/sh", RequiredTool.TryFind("sh")?.Replace("/usr", "", StringComparison.Ordinal));
        Assert.Null(RequiredTool.TryFind("no-such-tool"));
    }
}
