using PkiCore.Serving;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving.Snapshots;

/// <summary>When snapshots are written.</summary>
public sealed class SnapshotKeeperTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string[] Files => Directory.GetFiles(_directory.FullPath, "*.table");

    [Fact]
    public async Task The_first_is_written_when_everything_is_signed()
    {
        var rig = new TestRig(Options());
        rig.Signer.Fault = SignerFault.Throws;
        await using TestRig started = await StartAsync(rig, Good("01"));
        await rig.AdvanceAsync(TimeSpan.FromSeconds(30));
        Assert.Empty(Files);

        rig.Signer.Fault = SignerFault.None;
        WaitUntil(() => { rig.Clock.Advance(TimeSpan.FromSeconds(1)); return Files.Length == 1; }, "it is written, long before the interval is over");
        Assert.NotNull(rig.Answer("01").Answer.Batch);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_written_is_tried_once_a_minute()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(Options()), Good("01"));
        Directory.Delete(_directory.FullPath, recursive: true);
        WaitUntil(() => { rig.Clock.Advance(TimeSpan.FromSeconds(1)); return Failures(rig) == 1; }, "it failed");
        for (int second = 0; second < 50; second++)
        {
            rig.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        WaitUntil(() => rig.Health.Problems.Any(problem => problem.Contains("could not be written", StringComparison.Ordinal)), "the health says so");
        Assert.Equal(1, Failures(rig));
        WaitUntil(() => { rig.Clock.Advance(TimeSpan.FromSeconds(1)); return Failures(rig) == 2; }, "it is tried again");
    }

    [Fact]
    public async Task Two_names_of_one_key_have_a_snapshot_each()
    {
        await using TestRig rig = await StartPreparedAsync(new TestRig(Options()), Good("01"));
        using var other = new TestAuthority("CN=Another name", key: rig.Authority.Key);
        using PkiCore.Signing.DotNetSigner signer = other.CreateSigner();
        var source = new ScriptedSource();
        rig.Responder.AddIssuer(other.Issuer, signer, source);
        await source.DeliverAsync(new PkiCore.Status.StatusBatch { Kind = PkiCore.Status.StatusBatchKind.CompleteStateEnd, Watermark = rig.Now, Changes = [Good("05")] });

        await rig.Responder.DisposeAsync();

        Assert.Equal(2, Files.Length);
    }

    public void Dispose() => _directory.Dispose();

    private static int Failures(TestRig rig) => rig.Log.Errors.Count(error => error.Contains("could not be written", StringComparison.Ordinal));

    private OcspResponderOptions Options() => new() { SnapshotDirectory = _directory.FullPath };
}
