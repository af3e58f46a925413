using System.Runtime.Versioning;
using System.Text;
using PkiCore.Campaigns.Asking;
using PkiCore.Campaigns.IndexChurn;
using PkiCore.Responder.Demo;
using PkiCore.Status;

namespace PkiCore.Responder.Tests.Campaigns;

[UnsupportedOSPlatform("windows")]
public sealed class IndexOperationsTests
{
    /// <summary>Else a campaign that ends with one of them expects what nobody may sign.</summary>
    [Fact]
    public async Task An_index_that_was_mended_can_be_read_completely_whatever_was_done_to_it()
    {
        using var folder = new TemporaryDirectory();
        string path = folder.File("index.txt");
        var clock = new ManualTimeProvider();
        string[] serials = SerialNumbers.NextMany(600);
        var history = new ChurnHistory();
        var intact = new IntactClock(clock);
        foreach (bool isVisible in new[] { false, true })
        {
            history.Apply(new ChurnEntry(clock.GetUtcNow(), "arrange", [.. serials.Select(serial => new StandingChange(serial, Standing.Good))], isVisible), intact.Now);
        }

        var lines = new IndexLines(serials.Select(serial => IndexLine.Valid(clock.GetUtcNow().AddYears(1), serial, "demo.example")));
        var operations = new IndexOperations(lines, history, intact, clock);
        var random = new Random(1);
        for (int i = 0; i < 300 || await FindProblemAsync() is null; i++)
        {
            Apply(operations.Next(random));
        }

        Apply(operations.Mend());

        Assert.Null(await FindProblemAsync());

        void Apply(IndexOperation operation)
        {
            history.Apply(new ChurnEntry(clock.GetUtcNow(), operation.Name, operation.Changes, IsVisible: false), intact.Now);
            history.Apply(new ChurnEntry(clock.GetUtcNow(), operation.Name, operation.Changes, IsVisible: true), intact.Now);
        }

        async Task<string?> FindProblemAsync()
        {
            await File.WriteAllBytesAsync(path, Encoding.UTF8.GetBytes(lines.Text), TestContext.Current.CancellationToken);
            await foreach (StatusBatch batch in new OpenSslIndexSource(path, clock).ReadAsync(default, TestContext.Current.CancellationToken))
            {
                if (batch.Kind != StatusBatchKind.CompleteState || batch.Verdict == StatusVerdict.Stale)
                {
                    return batch.Problem;
                }
            }

            throw new InvalidOperationException("The source has ended.");
        }
    }
}
