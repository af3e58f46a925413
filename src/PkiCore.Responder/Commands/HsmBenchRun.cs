using System.Diagnostics;
using System.Security.Cryptography;
using PkiCore.Signing;

namespace PkiCore.Responder.Commands;

/// <summary>What one number of sessions brought.</summary>
/// <param name="Sessions">How many threads signed, each with a session.</param>
/// <param name="Rate">Signatures in a second.</param>
/// <param name="Milliseconds">How long one took.</param>
internal sealed record BenchResult(int Sessions, double Rate, double Milliseconds);

/// <summary>Signs on several threads for a while.</summary>
internal static class HsmBenchRun
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    /// <exception cref="SigningException">A signature could not be made.</exception>
    public static async Task<BenchResult> MeasureAsync(ISigner signer, int threads, TimeSpan duration, CancellationToken cancellationToken)
    {
        Task<int>[] warm = Start(signer, threads, TimeSpan.Zero, cancellationToken); // opens the sessions
        await Task.WhenAll(warm).ConfigureAwait(false);
        long start = Stopwatch.GetTimestamp();
        int[] counts = await Task.WhenAll(Start(signer, threads, duration, cancellationToken)).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        cancellationToken.ThrowIfCancellationRequested();
        return new BenchResult(threads, counts.Sum() / seconds, 1000 * seconds * threads / counts.Sum());
    }

    private static Task<int>[] Start(ISigner signer, int threads, TimeSpan duration, CancellationToken cancellationToken) =>
        [.. Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(() => Sign(signer, duration, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];

    /// <returns>How often; once at least.</returns>
    private static int Sign(ISigner signer, TimeSpan duration, CancellationToken cancellationToken)
    {
        byte[] message = [.. "PkiCore measures"u8];
        byte[] input = signer.PreHash ? CryptographicOperations.HashData(signer.Algorithm.Hash, message) : message;
        byte[] signature = new byte[signer.MaxSignatureLength];
        long start = Stopwatch.GetTimestamp();
        int count = 0;
        do
        {
            signer.Sign(input, signature, s_timeout, SigningPriority.Live);
            count++;
        }
        while (Stopwatch.GetElapsedTime(start) < duration && !cancellationToken.IsCancellationRequested);
        return count;
    }
}
