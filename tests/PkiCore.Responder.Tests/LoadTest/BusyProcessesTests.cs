using PkiCore.LoadTest.Scenarios;

namespace PkiCore.Responder.Tests.LoadTest;

public sealed class BusyProcessesTests
{
    [Theory]
    [InlineData("", 2, "", "")]
    [InlineData("", 3, "build", "", "")]
    [InlineData("", 6, "build", "", "build", "build", "", "")]
    [InlineData("later", 6, "build", "", "build", "", "later", "")]
    [InlineData("later", 6, "", "build", "", "build", "", "later")]
    public async Task Machine_is_quiet_when_nothing_was_found_twice_in_a_row(string expected, int looks, params string[] windows)
    {
        int looked = 0;

        string found = await Machine.WaitForQuietAsync(() => Task.FromResult(windows[looked++]));

        Assert.Equal((expected, looks), (found, looked));
    }
}
