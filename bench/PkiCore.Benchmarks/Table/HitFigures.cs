using System.Diagnostics;
using PkiCore.Serving;

namespace PkiCore.Benchmarks.Table;

/// <summary>How fast requests for certificates drawn at random from all of them are answered, bytes to bytes, by one thread.</summary>
internal sealed record HitFigures
{
    private const int BlockSize = 4096;
    private const int SinglesKept = 1 << 20;

    /// <summary>The median of some turns.</summary>
    public required double PerSecond { get; init; }

    public required IReadOnlyList<double> Turns { get; init; }

    /// <summary>The median of single hits, in nanoseconds; one reading of the clock is in it.</summary>
    public required double Median { get; init; }

    /// <summary>The 99th percentile.</summary>
    public required double Percentile99 { get; init; }

    public required double BytesPerHit { get; init; }

    public static HitFigures Measure(FilledResponder responder, TableSettings settings)
    {
        int turns = settings.Quick ? 3 : 11;
        TimeSpan length = TimeSpan.FromSeconds(settings.Quick ? 0.05 : 0.5);
        var draw = new Draw(responder, settings.Certificates);
        RunTurn(draw, TimeSpan.FromSeconds(settings.Quick ? 0.1 : 2)); // until the runtime has compiled it for good
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        (long hits, TimeSpan _) = RunTurn(draw, length);
        double bytesPerHit = (double)(GC.GetAllocatedBytesForCurrentThread() - bytes) / hits;
        var perSecond = new List<double>();
        for (int turn = 0; turn < turns; turn++)
        {
            (hits, TimeSpan elapsed) = RunTurn(draw, length);
            perSecond.Add(hits / elapsed.TotalSeconds);
        }

        double[] singles = TimeSingles(draw, settings.Quick ? 2 * BlockSize : SinglesKept);
        Array.Sort(singles);
        return new HitFigures
        {
            PerSecond = Statistics.Median(perSecond),
            Turns = perSecond,
            Median = singles[singles.Length / 2],
            Percentile99 = singles[(int)(singles.Length * 0.99)],
            BytesPerHit = bytesPerHit,
        };
    }

    /// <summary>The time counts in which requests are answered, not that in which serial numbers are drawn.</summary>
    private static (long Hits, TimeSpan Elapsed) RunTurn(Draw draw, TimeSpan length)
    {
        long hits = 0;
        long ticks = 0;
        while (ticks < length.TotalSeconds * Stopwatch.Frequency)
        {
            draw.Next();
            long start = Stopwatch.GetTimestamp();
            draw.AnswerAll();
            ticks += Stopwatch.GetTimestamp() - start;
            draw.Check(BlockSize);
            hits += BlockSize;
        }

        return (hits, TimeSpan.FromSeconds((double)ticks / Stopwatch.Frequency));
    }

    private static double[] TimeSingles(Draw draw, int count)
    {
        double[] singles = new double[count];
        for (int done = 0; done < count; done += BlockSize)
        {
            draw.Next();
            draw.TimeEach(singles.AsSpan(done, BlockSize));
            draw.Check(BlockSize);
        }

        return singles;
    }

    /// <summary>A block of serial numbers and the request into which they go, one after the other: that copy is all there is besides the answer.</summary>
    private sealed class Draw(FilledResponder responder, int certificates)
    {
        private readonly SyntheticRequest _request = new(responder.Issuer, responder.Hashes[0], responder.Serials);
        private readonly byte[] _serials = new byte[BlockSize * responder.Serials.Length];
        private readonly byte[] _reply = responder.CreateReplyBuffer();
        private ulong _drawn;
        private int _good;

        public void Next()
        {
            int length = responder.Serials.Length;
            for (int i = 0; i < BlockSize; i++)
            {
                ulong random = SyntheticSerials.Mix(ulong.MaxValue - _drawn++);
                responder.Serials.Write((long)Math.BigMul(random, (ulong)certificates, out _), _serials.AsSpan(i * length, length));
            }

            _good = 0;
        }

        public void AnswerAll()
        {
            int length = responder.Serials.Length;
            Span<byte> serial = _request.Serial;
            for (int i = 0; i < BlockSize; i++)
            {
                _serials.AsSpan(i * length, length).CopyTo(serial);
                _good += responder.Answer(_request.Encoded, _reply).Outcome == OcspOutcome.Good ? 1 : 0;
            }
        }

        public void TimeEach(Span<double> nanoseconds)
        {
            int length = responder.Serials.Length;
            double perTick = 1e9 / Stopwatch.Frequency;
            for (int i = 0; i < BlockSize; i++)
            {
                _serials.AsSpan(i * length, length).CopyTo(_request.Serial);
                long start = Stopwatch.GetTimestamp();
                _good += responder.Answer(_request.Encoded, _reply).Outcome == OcspOutcome.Good ? 1 : 0;
                nanoseconds[i] = (Stopwatch.GetTimestamp() - start) * perTick;
            }
        }

        public void Check(int good)
        {
            if (_good != good)
            {
                throw new InvalidOperationException(FormattableString.Invariant($"Of {good} hits, {_good} were good."));
            }
        }
    }
}
