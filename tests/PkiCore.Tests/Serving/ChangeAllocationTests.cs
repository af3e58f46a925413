using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Serving;
using PkiCore.Serving.Storage;
using PkiCore.Status;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>What a change of status allocates on its way from the source into the table.</summary>
public sealed class ChangeAllocationTests
{
    [Fact]
    public void Applying_to_the_table_what_has_changed_or_is_known_allocates_nothing()
    {
        var table = new CertificateTable(signatureCount: 2);
        StatusChange[] changes = [Held("01"), Held("01"), Good("01"), Good("01")];
        var updates = new StatusUpdate[changes.Length];

        AllocationBudget.Assert("apply a change to the table", () =>
        {
            table.BeginChanges();
            for (int i = 0; i < changes.Length; i++)
            {
                updates[i] = table.Apply(in changes[i], out _);
            }
        });

        Assert.Equal([StatusUpdate.Changed, StatusUpdate.Unchanged, StatusUpdate.Changed, StatusUpdate.Unchanged], updates);
    }

    /// <summary>The cost is one of the batch, not of its changes: hence one budget for batches of any size.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void Applying_a_batch_allocates_the_same_however_many_changes_are_in_it(int count)
    {
        var clock = new ManualTimeProvider();
        using var authority = new TestAuthority();
        using var metrics = new ResponderMetrics(null, () => new ResponderHealth([]), clock);
        ServedIssuer[] variants =
            [new(authority.Issuer, new ScriptedSource(), new OcspResponderOptions(), clock, metrics, NullLogger.Instance, NullLogger.Instance)]; // nobody signs
        string[] serials = [.. Enumerable.Range(0, count).Select(i => $"{i + 1:X4}")];
        StatusChange[] held = [.. serials.Select(Held)];
        StatusChange[] released = [.. serials.Select(serial => Good(serial))];
        StatusBatch[] batches = [.. Enumerable.Range(1, 1000).Select(i => // each of another reading, as from a source
            new StatusBatch { Kind = StatusBatchKind.Changes, Watermark = clock.GetUtcNow().AddTicks(i), Changes = i % 2 == 1 ? held : released })];
        SourceReception.Apply(new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = clock.GetUtcNow(), Changes = released }, variants);
        int applied = 0;

        AllocationBudget.Assert("apply a batch of changes", () => SourceReception.Apply(batches[applied++ % batches.Length], variants));

        Assert.Equal(count, variants[0].Table.Count);
        Assert.Equal(count * applied, variants[0].Presigner.Queue.ChangedCount);
    }
}
