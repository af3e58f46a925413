using PkiCore.LoadTest.Commands;
using PkiCore.LoadTest.Injection;
using PkiCore.X509;

namespace PkiCore.Tests.LoadTest;

public sealed class ScenarioTests
{
    private static readonly Scenario s_good = new() { Target = new Uri("http://127.0.0.1:8080/"), Rate = 1000, Duration = TimeSpan.FromSeconds(10) };

    public static TheoryData<string> Options => [.. Wrong.Keys];

    private static Dictionary<string, Scenario[]> Wrong { get; } = new(StringComparer.Ordinal)
    {
        ["URL"] = [s_good with { Target = new Uri("https://ca.example/") }, s_good with { Target = new Uri("http://ca.example/?a") }, s_good with { Target = new Uri("/a", UriKind.Relative) }],
        ["--rate"] = [s_good with { Rate = 0 }, s_good with { Rate = double.NaN }, s_good with { Rate = 2_000_000 }, s_good with { Rate = 0.01 }],
        ["--ramp"] = [s_good with { Ramp = TimeSpan.MinValue }, s_good with { Ramp = TimeSpan.FromHours(2) }],
        ["--warm-up"] = [s_good with { WarmUp = TimeSpan.FromSeconds(-1) }, s_good with { WarmUp = TimeSpan.FromHours(2) }],
        ["--duration"] = [s_good with { Duration = TimeSpan.Zero }, s_good with { Duration = TimeSpan.FromDays(8) }],
        ["--connections"] = [s_good with { Connections = 0 }, s_good with { Connections = 10_001 }],
        ["--threads"] = [s_good with { Threads = 0 }, s_good with { Threads = 65 }],
        ["--get"] = [s_good with { GetShare = -0.1 }, s_good with { GetShare = 1.1 }, s_good with { GetShare = double.NaN }],
        ["--zipf"] = [s_good with { Zipf = -1 }, s_good with { Zipf = double.NaN }, s_good with { Zipf = 11 }],
        ["--hash"] = [s_good with { Hash = CertIdHash.Sha512 }],
        ["--verify-every"] = [s_good with { VerifyEvery = -1 }],
        ["--timeout"] = [s_good with { Timeout = TimeSpan.Zero }, s_good with { Timeout = TimeSpan.FromSeconds(31) }],
    };

    [Fact]
    public void Defaults_fit() => Assert.Empty(s_good.Faults());

    [Theory]
    [MemberData(nameof(Options))]
    public void What_does_not_fit_is_named_by_its_option(string option) =>
        Assert.All(Wrong[option], scenario => Assert.Contains(scenario.Faults(), fault => fault.StartsWith(option, StringComparison.Ordinal)));

    [Theory]
    [InlineData("--issuer", "http://127.0.0.1:1/")]
    [InlineData("URL", "not a URL", "--issuer", "none.pem")]
    [InlineData("--bogus", "http://127.0.0.1:1/", "--issuer", "none.pem", "--bogus")]
    [InlineData("--rate", "http://127.0.0.1:1/", "--issuer", "none.pem", "--rate", "0")]
    [InlineData("--ramp", "http://127.0.0.1:1/", "--issuer", "none.pem", "--ramp", "NaN")]
    [InlineData("md5", "http://127.0.0.1:1/", "--issuer", "none.pem", "--hash", "md5")]
    [InlineData("none.pem", "http://127.0.0.1:1/", "--issuer", "none.pem")]
    public async Task Wrong_arguments_end_with_2_and_say_which(string named, params string[] arguments)
    {
        using var error = new StringWriter();

        Assert.Equal(2, await LoadTestCommand.RunAsync(["run", .. arguments], TextWriter.Null, error));
        Assert.Contains(named, error.ToString(), StringComparison.Ordinal);
    }
}
