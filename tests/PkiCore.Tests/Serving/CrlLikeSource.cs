using PkiCore.Ocsp;
using PkiCore.Status;

namespace PkiCore.Tests.Serving;

/// <summary>What a source says that has an end, as a CRL has.</summary>
internal static class CrlLikeSource
{
    /// <summary>Starts with a complete state, and returns when it is applied; signing goes on.</summary>
    public static async Task<TestRig> StartWithAsync(this TestRig rig, StatusBatch batch)
    {
        Task started = rig.Responder.StartAsync(TestContext.Current.CancellationToken);
        await rig.Source.DeliverAsync(batch);
        await started.WaitAsync(TestRig.Patience, TestContext.Current.CancellationToken);
        return rig;
    }

    /// <summary>A complete state that was true so long ago and holds for so long.</summary>
    public static StatusBatch State(this TestRig rig, TimeSpan age, TimeSpan left, params StatusChange[] changes) => new()
    {
        Kind = StatusBatchKind.CompleteStateEnd,
        Changes = changes,
        Watermark = rig.Now - age,
        ValidUntil = rig.Now + left,
    };

    /// <summary>Delivers what has changed since.</summary>
    public static Task DeliverAsync(this TestRig rig, TimeSpan age, TimeSpan left, params StatusChange[] changes) =>
        rig.Source.DeliverAsync(new StatusBatch { Changes = changes, Watermark = rig.Now - age, ValidUntil = rig.Now + left });

    /// <summary>Holds an answer against the rules of a source with an end.</summary>
    public static void AssertTimes(this OcspSingleResponse single, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate) =>
        Assert.Equal((thisUpdate, nextUpdate), (single.ThisUpdate, single.NextUpdate));
}
