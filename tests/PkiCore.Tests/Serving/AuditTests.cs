using PkiCore.Ocsp;
using PkiCore.Serving;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>What the log keeps of signatures.</summary>
public sealed class AuditTests
{
    [Fact]
    public async Task A_batch_leaves_one_line_that_says_who_signed_what_and_when()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"), Good("02"));
        WaitUntil(() => Lines(rig).Length == 1, "the batch is over");
        SigningBatch batch = rig.Answer("01").Answer.Batch!;

        string line = Assert.Single(Lines(rig));

        Assert.Equal(
            FormattableString.Invariant(
                $"CN=Test CA: batch {batch.ETag.Trim('"')}: 4 signatures by {rig.Signer.Certificate.SerialNumber} 'CN=Test OCSP', thisUpdate {batch.ThisUpdate:u}, producedAt {batch.ProducedAt:u} "),
            line);
    }

    [Fact]
    public async Task Live_replies_and_batches_without_a_signature_leave_none()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(), Good("01"));
        WaitUntil(() => Lines(rig).Length == 1, "the batch is over");

        Assert.Equal(OcspOutcome.Good, (await rig.SignAsync(rig.Request("01"))).Outcome);
        rig.Signer.Fault = SignerFault.Throws;
        await rig.DeliverChangesAsync(Good("02"));
        WaitUntil(() => rig.Health.Problems.Count == 1 && rig.Health.WaitingToBeSigned == 1, "the next batch has failed");

        Assert.Single(Lines(rig));
    }

    [Fact]
    public async Task What_was_signed_before_the_thread_was_written_off_is_recorded()
    {
        var rig = new TestRig();
        await using TestRig prepared = await StartPreparedAsync(rig);
        rig.Signer.PassesLeft = 3;
        rig.Signer.HangsLeft = 1;
        rig.Signer.Fault = SignerFault.Hangs;
        await rig.DeliverChangesAsync(Good("01"), Good("02"));
        WaitUntil(() => rig.Signer.Hanging == 1, "the fourth signature hangs");
        Assert.Empty(Lines(rig));

        await rig.AdvanceAsync(TimeSpan.FromSeconds(5));

        WaitUntil(() => Lines(rig).Length > 0, "the thread is written off");
        Assert.Contains("3 signatures", Lines(rig)[0], StringComparison.Ordinal);
    }

    internal static string[] Lines(TestRig rig) => [.. rig.Log.Entries.Select(entry => entry.Text).Where(text => text.Contains(": batch ", StringComparison.Ordinal))];
}
