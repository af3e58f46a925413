using PkiCore.Crl;

namespace PkiCore.Campaigns.Crls;

/// <summary>The CRLs that campaigns have published: one about all certificates and some shards, with deltas.</summary>
internal static class CrlSetup
{
    public const int ShardCount = 3;

    public static IReadOnlyList<CrlScope> Scopes { get; } =
    [
        new CrlScope("ca") { FreshestCrl = ["http://crl.demo.example/ca-delta.crl"] },
        .. CrlScope.Shards(ShardCount, shard => $"http://crl.demo.example/{shard}.crl", shard => $"http://crl.demo.example/{shard}-delta.crl"),
    ];

    /// <param name="directory">Where to publish.</param>
    /// <param name="isEager">Whether a complete CRL follows each change; else a delta CRL does, and complete ones come at intervals.</param>
    /// <param name="interval">The interval.</param>
    public static CrlPublisherOptions CreateOptions(string directory, bool isEager, TimeSpan interval) => new()
    {
        Directory = directory,
        Scopes = Scopes,
        Interval = interval,
        Validity = TimeSpan.FromDays(1),
        PublishAfterChange = isEager ? TimeSpan.Zero : null,
        DeltaInterval = interval / 3,
        DeltaValidity = TimeSpan.FromHours(12),
        PublishDeltaAfterChange = TimeSpan.Zero,
        MaxUnexplainedLoss = 0,
    };
}
