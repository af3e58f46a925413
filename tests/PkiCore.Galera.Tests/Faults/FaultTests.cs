using System.Globalization;

namespace PkiCore.Galera.Tests.Faults;

/// <summary>What the tests of faults have in common: a healthy lab to begin with, and a look at what the log says of it all.</summary>
public abstract class FaultTests(LabFixture fixture)
{
    /// <summary>How often each writer writes.</summary>
    protected static TimeSpan WriterPause { get; } = TimeSpan.FromMilliseconds(20);

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A CA on the healthy lab of all tests.</summary>
    protected async Task<LabScene> ArrangeAsync(int seed)
    {
        Lab lab = await fixture.HealthyAsync(Cancellation);
        return await LabScene.ArrangeAsync(lab, certificates: 30, seed, Cancellation);
    }

    /// <summary>The first node that is none of these.</summary>
    protected static int NodeBut(Lab lab, params int[] nodes)
    {
        ArgumentNullException.ThrowIfNull(lab);
        return lab.Nodes.First(node => !nodes.Contains(node));
    }

    /// <summary>Waits until an edge reads a node, and none of these.</summary>
    protected static Task<TimeSpan> MovesFromAsync(Edge edge, params int[] nodes)
    {
        ArgumentNullException.ThrowIfNull(edge);
        return Eventually.HoldsAsync("the edge reads another node", () => edge.Node != 0 && !nodes.Contains(edge.Node), Cancellation);
    }

    /// <summary>Holds when an event was logged with all these words.</summary>
    protected static void Tells(EdgeLog log, int eventId, params string[] words)
    {
        ArgumentNullException.ThrowIfNull(log);
        Assert.True(log.Tells(eventId, words), $"no event {eventId} with '{string.Join("', '", words)}' in\n{string.Join('\n', log.Lines)}");
    }

    protected static Task<TimeSpan> WillTellAsync(EdgeLog log, int eventId, params string[] words)
    {
        ArgumentNullException.ThrowIfNull(log);
        return Eventually.HoldsAsync($"event {eventId} with '{string.Join("', '", words)}'", () => log.Tells(eventId, words), Cancellation);
    }

    /// <summary>Every promise was kept. What was not is told in full: the end of a line has the times.</summary>
    protected static void AssertKept(IReadOnlyList<string> faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        Assert.True(faults is [], string.Join('\n', faults));
    }

    /// <summary>Puts figures into the test's output.</summary>
    protected static void Print(EdgeAsker asker, FormattableString text)
    {
        ArgumentNullException.ThrowIfNull(asker);
        ArgumentNullException.ThrowIfNull(text);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{text.ToString(CultureInfo.InvariantCulture)}; {asker.Answered} answers, {asker.TryLater} times try later, knowledge was {asker.Stalest.TotalSeconds:0.00} s old at worst");
    }
}
