using System.Diagnostics;

namespace PkiCore.Benchmarks.Table;

/// <summary>Starts with the snapshot that an earlier process left: the source as it was then, and the source out of reach; and once each from the disk.</summary>
internal sealed record Restarts
{
    private const int CountOfTurns = 3;

    public required IReadOnlyList<RestartFigures> InSync { get; init; }

    public required IReadOnlyList<RestartFigures> Unreachable { get; init; }

    /// <summary>With nothing in the page cache; <see langword="null"/> when that could not be brought about.</summary>
    public RestartFigures? ColdInSync { get; init; }

    /// <inheritdoc cref="ColdInSync"/>
    public RestartFigures? ColdUnreachable { get; init; }

    /// <param name="settings">Those with which the snapshot was written.</param>
    public static async Task<Restarts> MeasureAsync(TableSettings settings)
    {
        TableSettings unreachable = settings with { SourceIsReachable = false };
        var inSyncTurns = new List<RestartFigures>();
        var unreachableTurns = new List<RestartFigures>();
        for (int turn = 0; turn < CountOfTurns; turn++)
        {
            inSyncTurns.Add(await ChildProcess.MeasureAsync<RestartFigures>(RestartFigures.Name, settings));
            unreachableTurns.Add(await ChildProcess.MeasureAsync<RestartFigures>(RestartFigures.Name, unreachable));
        }

        return new Restarts
        {
            InSync = inSyncTurns,
            Unreachable = unreachableTurns,
            ColdInSync = await MeasureColdAsync(settings),
            ColdUnreachable = await MeasureColdAsync(unreachable),
        };
    }

    private static async Task<RestartFigures?> MeasureColdAsync(TableSettings settings) =>
        !settings.Quick && await TryDropPageCacheAsync() // in a short run, others need not suffer
            ? await ChildProcess.MeasureAsync<RestartFigures>(RestartFigures.Name, settings)
            : null;

    private static async Task<bool> TryDropPageCacheAsync()
    {
        try
        {
            using var sync = Process.Start("sync");
            await sync.WaitForExitAsync(); // what is not on the disk yet cannot be dropped
            await File.WriteAllTextAsync("/proc/sys/vm/drop_caches", "3");
            return true;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return false; // only root may, and not in every container
        }
    }
}
