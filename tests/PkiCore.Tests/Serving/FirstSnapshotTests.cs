using PkiCore.Serving;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

public sealed class FirstSnapshotTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_first_snapshot_is_written_as_soon_as_all_is_signed_and_not_before()
    {
        var rig = new TestRig(new OcspResponderOptions { SnapshotDirectory = _directory.FullPath });
        rig.Signer.Fault = SignerFault.Throws;
        await using TestRig started = await StartAsync(rig, Good("01"), Good("02"));
        for (int second = 0; second < 5; second++)
        {
            await rig.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, CountWritten(rig));
        rig.Signer.Fault = SignerFault.None;
        await Eventually.HoldsAsync(
            "the snapshot is written",
            async () =>
            {
                await rig.AdvanceAsync(TimeSpan.FromSeconds(1)); // again and again: a thread that has just failed pauses first
                return CountWritten(rig) > 0;
            },
            TestContext.Current.CancellationToken);
        Assert.Equal(1, CountWritten(rig));
        Assert.Single(Directory.GetFiles(_directory.FullPath, "*.table"));
    }

    private static int CountWritten(TestRig rig) => rig.Log.Entries.Count(entry => entry.Text.Contains(".table written: ", StringComparison.Ordinal));
}
