using System.Diagnostics;
using PkiCore.Serving;

namespace PkiCore.Benchmarks.Table;

/// <summary>
/// Hits at a constant rate by one thread, whatever else goes on: each is due at a time, and takes from then until its answer is there, so that a pause
/// counts for all that were due in it. Until one is due the thread turns in circles: no sleep is so short.
/// </summary>
internal sealed class PacedHits(FilledResponder responder, int certificates, double perSecond)
{
    private readonly SyntheticRequest _request = new(responder.Issuer, responder.Hashes[0], responder.Serials);
    private readonly byte[] _reply = responder.CreateReplyBuffer();
    private ulong _drawn;

    /// <returns>The times in microseconds, in ascending order.</returns>
    public float[] Run(TimeSpan length)
    {
        float[] microseconds = new float[Math.Max(100, (int)(length.TotalSeconds * perSecond))];
        double interval = Stopwatch.Frequency / perSecond;
        double perTick = 1e6 / Stopwatch.Frequency;
        int good = 0;
        long begunAt = Stopwatch.GetTimestamp();
        for (int i = 0; i < microseconds.Length; i++)
        {
            ulong random = SyntheticSerials.Mix(ulong.MaxValue - _drawn++);
            responder.Serials.Write((long)Math.BigMul(random, (ulong)certificates, out _), _request.Serial);
            long dueAt = begunAt + (long)(i * interval);
            while (Stopwatch.GetTimestamp() < dueAt)
            {
            }

            good += responder.Answer(_request.Encoded, _reply).Outcome == OcspOutcome.Good ? 1 : 0;
            microseconds[i] = (float)((Stopwatch.GetTimestamp() - dueAt) * perTick);
        }

        Array.Sort(microseconds);
        return good == microseconds.Length
            ? microseconds
            : throw new InvalidOperationException(FormattableString.Invariant($"Of {microseconds.Length} hits, {good} were good."));
    }
}
