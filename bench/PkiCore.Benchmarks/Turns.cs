using System.Diagnostics;

namespace PkiCore.Benchmarks;

/// <summary>Something to measure: runs its operation so many times.</summary>
internal sealed record Candidate(string Name, Action<int> Run);

/// <summary>What a candidate came to, turn by turn.</summary>
internal sealed class Measurement(string name)
{
    public string Name { get; } = name;

    /// <summary>Nanoseconds per operation.</summary>
    public List<double> Turns { get; } = [];

    /// <summary>Bytes per operation on the measuring thread: the least of all turns, as the runtime may fill a cache during any one of them.</summary>
    public double Bytes { get; set; } = double.MaxValue;

    public double Median => Statistics.Median(Turns);

    /// <summary>How many times as fast as another, turn by turn: what disturbs one turn disturbs both.</summary>
    public IReadOnlyList<double> SpeedOver(Measurement other) => [.. Turns.Zip(other.Turns, (mine, theirs) => theirs / mine)];
}

internal static class Statistics
{
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}

/// <summary>Measures candidates in turns (A B A B ...), so that a machine that gets slower or faster does so for all of them.</summary>
internal sealed class TurnTimer(int turns, TimeSpan length)
{
    /// <summary>Enough for the runtime to compile what is hot for good, on the one processor that it shares with the measurement.</summary>
    private static readonly TimeSpan s_shortestWarmUp = TimeSpan.FromSeconds(1.5);

    public int Turns => turns;

    public IReadOnlyList<Measurement> Measure(params Candidate[] candidates)
    {
        int[] counts = [.. candidates.Select(candidate => Calibrate(candidate.Run))];
        Measurement[] results = [.. candidates.Select(candidate => new Measurement(candidate.Name))];
        for (int turn = 0; turn < turns; turn++)
        {
            for (int i = 0; i < candidates.Length; i++)
            {
                MeasureTurn(candidates[i].Run, counts[i], results[i]);
            }
        }

        return results;
    }

    private static void MeasureTurn(Action<int> run, int count, Measurement result)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        run(count);
        double nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        result.Turns.Add(nanoseconds / count);
        result.Bytes = Math.Min(result.Bytes, (double)bytes / count);
    }

    /// <summary>Warms up, so that the code is compiled for good, and finds how often the operation fits into a turn.</summary>
    private int Calibrate(Action<int> run)
    {
        int count = 1;
        TimeSpan elapsed = TimeSpan.Zero;
        for (TimeSpan total = TimeSpan.Zero; total < s_shortestWarmUp || elapsed < length / 4; total += elapsed)
        {
            count = elapsed < length / 4 ? count * 2 : count;
            long start = Stopwatch.GetTimestamp();
            run(count);
            elapsed = Stopwatch.GetElapsedTime(start);
        }

        return Math.Max(1, (int)(count * (length / elapsed)));
    }
}
