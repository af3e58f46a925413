namespace PkiCore.Benchmarks.Table;

/// <summary>Hits at a quarter of what there can be: when nothing else is done, and while snapshots are written one after the other.</summary>
internal sealed record HitsDuringSnapshot
{
    private const double Load = 0.25;

    public required double PerSecond { get; init; }

    public required LatencyFigures Quiet { get; init; }

    public required LatencyFigures Writing { get; init; }

    /// <summary>How many snapshots were written; of one more the beginning.</summary>
    public required int Snapshots { get; init; }

    /// <param name="responder">The responder, all signed.</param>
    /// <param name="settings">What to measure.</param>
    /// <param name="mostPerSecond">How many hits a second there can be.</param>
    public static HitsDuringSnapshot Measure(FilledResponder responder, TableSettings settings, double mostPerSecond)
    {
        TimeSpan length = TimeSpan.FromSeconds(settings.Quick ? 0.5 : 20);
        var hits = new PacedHits(responder, settings.Certificates, mostPerSecond * Load);
        hits.Run(length / 10); // until the runtime has compiled it
        var quiet = LatencyFigures.Of(hits.Run(length));
        (LatencyFigures writing, int snapshots) = RunWhileWriting(responder, hits, length);
        return new HitsDuringSnapshot { PerSecond = mostPerSecond * Load, Quiet = quiet, Writing = writing, Snapshots = snapshots };
    }

    private static (LatencyFigures Writing, int Snapshots) RunWhileWriting(FilledResponder responder, PacedHits hits, TimeSpan length)
    {
        string path = responder.FileBesideSnapshot("loop");
        using var stopping = new CancellationTokenSource();
        using var writing = new ManualResetEventSlim();
        int snapshots = 0;
        Exception? fault = null;
        LatencyFigures figures;
        var writer = new Thread(Write);
        writer.Start();
        try
        {
            writing.Wait();
            figures = LatencyFigures.Of(hits.Run(length));
        }
        finally
        {
            stopping.Cancel();
            writer.Join();
            File.Delete(path);
        }

        return fault is null ? (figures, snapshots) : throw new InvalidOperationException($"A snapshot could not be written: {fault.Message}", fault);

        void Write()
        {
            try
            {
                writing.Set();
                while (!stopping.IsCancellationRequested)
                {
                    SnapshotFigures.Write(responder, path, stopping.Token);
                    snapshots++;
                }
            }
            catch (OperationCanceledException)
            {
                // enough
            }
#pragma warning disable CA1031 // Do not catch general exception types: it is thrown again on the thread that waits
            catch (Exception e)
#pragma warning restore CA1031
            {
                fault = e;
            }
        }
    }
}
