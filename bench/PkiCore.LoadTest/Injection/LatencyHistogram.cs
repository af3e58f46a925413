using System.Numerics;

namespace PkiCore.LoadTest.Injection;

/// <summary>
/// Counts of times in log-linear buckets, as HdrHistogram has them: 128 to each power of two, so that a value is reported at most 0.8 % too high.
/// From a nanosecond to over a minute; longer times count as the longest. One thread records; others may read meanwhile and see almost the newest.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int Bits = 7;
    private const int BucketsPerOctave = 1 << Bits;
    private const int MaxShift = 28; // up to 2^36 ns, 68.7 s

    private readonly long[] _counts = new long[(MaxShift + 2) << Bits];

    public long Count { get; private set; }

    /// <summary>The longest time, exactly.</summary>
    public long Max { get; private set; }

    public void Record(long nanoseconds)
    {
        nanoseconds = Math.Max(0, nanoseconds);
        _counts[IndexOf(nanoseconds)]++;
        Count++;
        Max = Math.Max(Max, nanoseconds);
    }

    public void Add(LatencyHistogram other)
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
        Max = Math.Max(Max, other.Max);
    }

    /// <summary>The time that so many percent did not exceed, in nanoseconds; 0 when nothing was recorded.</summary>
    public long Percentile(double percent)
    {
        long wanted = Math.Max(1, (long)Math.Ceiling(Count * percent / 100));
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted)
            {
                return Math.Min(HighestOf(i), Max);
            }
        }

        return Max;
    }

    /// <summary>How many took at least so long, by the bucket's precision.</summary>
    public long CountFrom(long nanoseconds) => _counts.Skip(IndexOf(nanoseconds)).Sum();

    private static int IndexOf(long value)
    {
        int shift = Math.Max(0, BitOperations.Log2((ulong)value) - Bits);
        return shift > MaxShift ? ((MaxShift + 2) << Bits) - 1 : (shift << Bits) + (int)(value >> shift);
    }

    /// <summary>The highest value of a bucket. The first two octaves have buckets of one nanosecond.</summary>
    private static long HighestOf(int index)
    {
        int shift = Math.Max(0, (index >> Bits) - 1);
        long lowest = (long)(index - (shift << Bits)) << shift;
        return lowest + (1L << shift) - 1;
    }
}
