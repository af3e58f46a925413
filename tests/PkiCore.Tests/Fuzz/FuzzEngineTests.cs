using PkiCore.Fuzz.Coverage;
using PkiCore.Fuzz.Engine;
using PkiCore.Fuzz.Mutation;
using PkiCore.Fuzz.Seeded;
using PkiCore.Fuzz.Seeds;
using PkiCore.Fuzz.Targets;

namespace PkiCore.Tests.Fuzz;

public sealed class FuzzEngineTests
{
    public static TheoryData<string> Bugs => [.. SeededBugs.All.Select(bug => bug.Name)];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void Seeded_bug_still_has_its_place_in_the_sources(string name)
    {
        SeededBug bug = SeededBugs.All.Single(bug => bug.Name == name);
        Assert.NotEqual(File.ReadAllText(Checkout.PathOf(bug.File)), SeededBuild.Seed(bug));
        Assert.Contains(bug.File, TargetCatalog.Find(bug.Target).Sources);
    }

    [Fact]
    public void Tree_of_values_is_written_as_it_was_read() =>
        Assert.All(
            SeedInputs.For(TargetCatalog.Find("ocsp-response")),
            input => Assert.Equal(input, TlvNode.ParseAll(input).Encode()));

    [Fact]
    public void Length_around_a_change_is_put_right()
    {
        TlvNode root = TlvNode.ParseAll([0x30, 0x05, 0x04, 0x03, 0x02, 0x01, 0x05]);
        root.Descendants().Single(pair => pair.Node.Tag == 0x02).Node.Contents = [1, 2];
        Assert.Equal([0x30, 0x06, 0x04, 0x04, 0x02, 0x02, 0x01, 0x02], root.Encode());
    }

    [Fact]
    public void Shrinking_keeps_what_matters() =>
        Assert.Equal("ac"u8, Minimizer.Shrink("xxaxxxxcxx"u8.ToArray(), input => input.Contains((byte)'a') && input.Contains((byte)'c')));

    [Fact]
    public void Input_that_takes_too_long_is_kept()
    {
        using var folder = new TemporaryDirectory();
        using var ended = new ManualResetEventSlim();
        FuzzTarget target = TargetCatalog.All[0];
        using var watchdog = new Watchdog(new CrashFolder(folder.FullPath), TimeSpan.FromMilliseconds(20), ended.Set);
        watchdog.Begin(target, [1, 2, 3]);
        Assert.True(ended.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(Path.Combine(folder.FullPath, target.Name, CorpusFolder.NameOf([1, 2, 3]))));
    }

    [Fact]
    public void Coming_closer_to_a_limit_is_progress()
    {
        var features = new FeatureSet(2);
        Assert.True(features.Add([1, 0]));
        Assert.False(features.Add([1, 0]));
        Assert.True(features.Add([2, 0]));
        Assert.False(features.Add([0, 0]));
        Assert.Equal((1, 2), (features.Points, features.Count));
    }
}
