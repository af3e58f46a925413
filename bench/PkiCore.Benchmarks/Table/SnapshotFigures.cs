using System.Diagnostics;
using PkiCore.Serving.Snapshots;

namespace PkiCore.Benchmarks.Table;

/// <summary>Writing a snapshot beside <see cref="DiskCopy"/> of the same bytes, in turns (A B A B ...).</summary>
internal sealed record SnapshotFigures
{
    private const int CountOfTurns = 3;

    /// <summary>That which the responder wrote by itself while it signed, by its log.</summary>
    public required double FirstSeconds { get; init; }

    public required long Bytes { get; init; }

    /// <summary>From the picture of the table to the file that is on the disk and has its name.</summary>
    public required IReadOnlyList<double> Seconds { get; init; }

    public required IReadOnlyList<double> CopySeconds { get; init; }

    public double BytesPerSecond => Bytes / Statistics.Median(Seconds);

    public double CopyBytesPerSecond => Bytes / Statistics.Median(CopySeconds);

    /// <summary>How many times as fast as the copy, turn by turn.</summary>
    public IReadOnlyList<double> Ratios => [.. CopySeconds.Zip(Seconds, (copy, ours) => copy / ours)];

    public static async Task<SnapshotFigures> MeasureAsync(FilledResponder responder)
    {
        double first = await responder.WaitForSnapshotAsync();
        string snapshot = responder.FileBesideSnapshot("turn");
        string copy = responder.FileBesideSnapshot("copy");
        var seconds = new List<double>();
        var copySeconds = new List<double>();
        long bytes = 0;
        for (int turn = 0; turn < CountOfTurns; turn++)
        {
            long begunAt = Stopwatch.GetTimestamp();
            bytes = Write(responder, snapshot, CancellationToken.None);
            seconds.Add(Stopwatch.GetElapsedTime(begunAt).TotalSeconds);
            copySeconds.Add(await DiskCopy.RunAsync(snapshot, copy)); // what was just written is in the page cache
            File.Delete(snapshot); // both begin with no file
            File.Delete(copy);
        }

        return new SnapshotFigures { FirstSeconds = first, Bytes = bytes, Seconds = seconds, CopySeconds = copySeconds };
    }

    /// <summary>Writes one as the responder does, but to another name.</summary>
    /// <returns>How long it is.</returns>
    public static long Write(FilledResponder responder, string path, CancellationToken cancellationToken)
    {
        using TablePicture picture = responder.Table.TakePicture("measurement", default);
        return SnapshotWriter.Write(path, picture, cancellationToken);
    }
}
