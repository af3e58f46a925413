using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Pkcs11;
using PkiCore.Signing;
using PkiCore.Testing;

namespace PkiCore.Benchmarks;

/// <summary>An HSM in the network, 20 ms away: many sessions have to make up for the time each signature takes.</summary>
internal static class NetworkHsm
{
    private const int Sessions = 64;
    private const double Target = 55;
    private const int StackSize = 256 * 1024;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    /// <returns>What it came to in a sentence, and whether the target is met.</returns>
    public static async Task<(string Line, bool IsMet)> MeasureAsync(TimeSpan length)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using FaultyModule module = await FaultyModule.CreateAsync("far", "1234", CancellationToken.None);
        await module.ImportKeyAsync("far", "1234", key, "ocsp", "01", CancellationToken.None);
        using var files = new TemporaryDirectory();
        File.WriteAllText(files.File("pin"), "1234");
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = new CertificateRequest("CN=far", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        string uri = $"pkcs11:token=far;object=ocsp?module-path={module.ModulePath}&pin-source=file:{files.File("pin")}";
        using Pkcs11Signer signer = Pkcs11Signer.Open(uri, certificate, algorithm: null, new Pkcs11Options { MaxSessions = Sessions });
        module.Set("C_Sign delay 20");

        double one = Measure(signer, 1, length, out _);
        double many = Measure(signer, Sessions, length, out long memory);
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"20 ms per signature: 1 session {one:0.0}/s, {Sessions} sessions {many:0.0}/s: {many / one:0.0}x (target {Target:0}x, {(many >= Target * one ? "met" : "MISSED")}); {Sessions} waiting threads took {memory / 1024.0 / Sessions:0} KiB of resident memory each.");
        return (line, many >= Target * one);
    }

    private static double Measure(Pkcs11Signer signer, int threads, TimeSpan length, out long memory)
    {
        byte[] digest = SHA256.HashData("far away"u8);
        long count = 0;
        long start = 0;
        using var ready = new Barrier(threads + 1);
        long before = ResidentBytes();
        Thread[] all = [.. Enumerable.Range(0, threads).Select(_ => new Thread(Work, StackSize))];
        Array.ForEach(all, thread => thread.Start());
        start = Stopwatch.GetTimestamp();
        ready.SignalAndWait();
        memory = ResidentBytes() - before; // every thread has its session and has signed once
        Array.ForEach(all, thread => thread.Join());
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;

        void Work()
        {
            byte[] signature = new byte[signer.MaxSignatureLength];
            signer.Sign(digest, signature, s_timeout, SigningPriority.Batch); // opens the session
            ready.SignalAndWait();
            while (Stopwatch.GetElapsedTime(start) < length)
            {
                signer.Sign(digest, signature, s_timeout, SigningPriority.Batch);
                Interlocked.Increment(ref count);
            }
        }
    }

    private static long ResidentBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
