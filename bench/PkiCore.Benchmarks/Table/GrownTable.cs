namespace PkiCore.Benchmarks.Table;

/// <summary>A table that grew from empty, and what it takes. The memory is read before anything else is measured in the same process, but for snapshots: they
/// are part of what a responder does, and of the most that it takes.</summary>
internal sealed record GrownTable
{
    public const string Name = "grown";

    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(100);

    public required int Certificates { get; init; }

    /// <summary>Before the source was read, with everything else in place.</summary>
    public required long ResidentAtStart { get; init; }

    public required double SecondsToRead { get; init; }

    public required double SecondsToSign { get; init; }

    public required ProcessMemory Memory { get; init; }

    public required long ManagedHeap { get; init; }

    /// <summary>What the runtime has taken for it.</summary>
    public required long ManagedCommitted { get; init; }

    public required long TableBytes { get; init; }

    public required double LoadFactor { get; init; }

    /// <summary><see langword="null"/> when no snapshot is kept; as the others when they are not asked for.</summary>
    public SnapshotFigures? Snapshot { get; init; }

    public HitsDuringSnapshot? HitsDuringSnapshot { get; init; }

    public HitFigures? Hits { get; init; }

    public RevocationFigures? Revocation { get; init; }

    public double ResidentPerCertificate => (double)Memory.Resident / Certificates;

    public double PeakRatio => (double)Memory.Peak / Memory.Resident;

    public static async Task<GrownTable> MeasureAsync(TableSettings settings)
    {
        await using var responder = new FilledResponder(settings);
        long residentAtStart = ProcessMemory.Read().Resident;
        var begun = SigningCost.Now();
        await responder.StartAsync();
        await responder.WaitUntilSignedAsync(revoked: 0, s_pollInterval);
        var signed = SigningCost.Now();
        Progress.Report("all signed; reading every answer");
        responder.CheckAll(revoked: 0);
        SnapshotFigures? snapshot = settings.SnapshotDirectory is null ? null : await SnapshotFigures.MeasureAsync(responder);
        var figures = new GrownTable
        {
            Certificates = settings.Certificates,
            ResidentAtStart = residentAtStart,
            SecondsToRead = (responder.Source.Delivered.Elapsed - begun.Elapsed).TotalSeconds,
            SecondsToSign = (signed.Elapsed - responder.Source.Delivered.Elapsed).TotalSeconds,
            Memory = ProcessMemory.Read(),
            ManagedHeap = GC.GetTotalMemory(forceFullCollection: false),
            ManagedCommitted = GC.GetGCMemoryInfo().TotalCommittedBytes,
            TableBytes = responder.Table.Bytes,
            LoadFactor = responder.Table.LoadFactor,
        };
        HitFigures? hits = settings.MeasureHits ? HitFigures.Measure(responder, settings) : null;
        return figures with
        {
            Snapshot = snapshot,
            Hits = hits,
            HitsDuringSnapshot = hits is null || snapshot is null ? null : HitsDuringSnapshot.Measure(responder, settings, hits.PerSecond),
            Revocation = settings.Revocations > 0 ? await RevocationFigures.MeasureAsync(responder, settings.Revocations) : null,
        };
    }
}
