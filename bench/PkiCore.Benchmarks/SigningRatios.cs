using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Pkcs11;
using PkiCore.Signing;
using PkiCore.Testing;
using PkiCore.X509;

namespace PkiCore.Benchmarks;

/// <summary>
/// <c>signing</c>: signers beside C loops over the same library, in turns, as a Markdown table. The upper end of the 95 % interval of the
/// ratio has to reach the target.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class SigningRatios(int turns, TimeSpan length)
{
    private const string Pin = "1234";
    private const string TokenLabel = "bench";
    private const int Processor = 1;

    /// <summary>Student's t for 95 % and 10 degrees of freedom.</summary>
    private const double StudentT = 2.228;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);
    private readonly byte[] _digest = SHA256.HashData("a ResponseData"u8);
    private readonly List<SigningRow> _rows = [];

    /// <returns>The exit code: 1 when a target is missed.</returns>
    public static int Run(bool quick, TableResult? result)
    {
        var ratios = quick ? new SigningRatios(3, TimeSpan.FromSeconds(0.2)) : new SigningRatios(11, TimeSpan.FromSeconds(2));
        (string farAway, bool met) = ratios.Run();
        if (result is not null)
        {
            result.Figures.Add("20 ms per signature", farAway);
            Progress.Report(result.Save(ratios._rows));
        }

        return met && ratios._rows.TrueForAll(row => row.IsMet) ? 0 : 1;
    }

    /// <summary>Stays on the first thread, which is the one whose affinity <see cref="Process.ProcessorAffinity"/> sets.</summary>
    /// <returns>What <see cref="NetworkHsm"/> says.</returns>
    private (string Line, bool IsMet) Run()
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{turns} turns of {length.TotalSeconds:0.#} s (A B A B ...); one thread on one processor unless said; the ratio is speed over the C loop's."));
        Console.WriteLine();
        Console.WriteLine("| signer | PkiCore/s | C loop/s | ratio, median | 95 % interval | bytes/op | target | |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|---|---|");
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        using var hsm = new SoftHsm();
        hsm.UseInThisProcess();
        hsm.InitializeTokenAsync(TokenLabel, Pin, "so-" + Pin, CancellationToken.None).GetAwaiter().GetResult();
        foreach ((string name, AsymmetricAlgorithm key) in new (string, AsymmetricAlgorithm)[] { ("P-256", ecdsa), ("RSA-2048", rsa) })
        {
            using X509Certificate2 certificate = Certify(key);
            ReportSoftware(name, key, certificate);
            hsm.ImportKeyAsync(TokenLabel, Pin, key, name, key is RSA ? "02" : "01", CancellationToken.None).GetAwaiter().GetResult();
            ReportToken(name, key, certificate, hsm, threads: 1);
            ReportToken(name, key, certificate, hsm, threads: 2);
        }

        Console.WriteLine();
        (string line, bool met) = NetworkHsm.MeasureAsync(turns < 11 ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(5)).GetAwaiter().GetResult();
        Console.WriteLine(line);
        return (line, met);
    }

    private void ReportSoftware(string name, AsymmetricAlgorithm key, X509Certificate2 certificate)
    {
        using var files = new TemporaryDirectory();
        File.WriteAllText(files.File("key.pem"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(files.File("certificate.pem"), certificate.ExportCertificatePem());
        using SignLoop loop = SignLoop.Start(Processor, new Dictionary<string, string?>(), "evp-sign", files.File("key.pem"));
        using ISigner signer = SoftwareSigner.FromPemFiles(files.File("certificate.pem"), files.File("key.pem"));
        var plain = new List<Turn>();
        var sampled = new List<Turn>();
        MeasureTurns(1, () =>
        {
            double theirs = loop.Run(length);
            plain.Add(new Turn(Measure(signer, threads: 1, verifyShare: 0), theirs));
            sampled.Add(new Turn(Measure(signer, threads: 1, Serving.ServedIssuer.VerifiedShare), theirs));
        });
        Row($"software key, {name}", plain, 0.95);
        Row($"software key, {name}, one in {Serving.ServedIssuer.VerifiedShare} verified", sampled, 0.9);
    }

    private void ReportToken(string name, AsymmetricAlgorithm key, X509Certificate2 certificate, SoftHsm hsm, int threads)
    {
        using var files = new TemporaryDirectory();
        File.WriteAllText(files.File("pin"), Pin);
        File.WriteAllText(files.File("key.pem"), key.ExportPkcs8PrivateKeyPem());
        string uri = $"pkcs11:token={TokenLabel};object={name}?module-path={SoftHsm.ModulePath}&pin-source=file:{files.File("pin")}";
        int? processor = threads == 1 ? Processor : null;
        using SignLoop sign = SignLoop.Start(
            processor, hsm.Environment, "pkcs11-sign", SoftHsm.ModulePath, TokenLabel, name, files.File("pin"), threads.ToString(CultureInfo.InvariantCulture));
        using SignLoop verify = SignLoop.Start(processor, hsm.Environment, "evp-verify", files.File("key.pem"));
        using Pkcs11Signer plain = Pkcs11Signer.Open(uri, certificate, algorithm: null, new Pkcs11Options { VerifySignatures = false });
        using Pkcs11Signer verifying = Pkcs11Signer.Open(uri, certificate);
        using SignLoop? beside = threads > 1 ? null
            : SignLoop.Start(processor, hsm.Environment, "pkcs11-sign", SoftHsm.ModulePath, TokenLabel, name, files.File("pin"), "1", "idle");
        var plainTurns = new List<Turn>();
        var besideTurns = new List<Turn>();
        var verifyingTurns = new List<Turn>();
        MeasureTurns(threads, () =>
        {
            double signed = sign.Run(length);
            Speed ours = Measure(plain, threads, verifyShare: 0);
            plainTurns.Add(new Turn(ours, signed));
            if (beside is not null)
            {
                besideTurns.Add(new Turn(ours, beside.Run(length)));
                double verified = verify.Run(length);
                verifyingTurns.Add(new Turn(Measure(verifying, threads, verifyShare: 0), 1 / ((1 / signed) + (1 / verified))));
            }
        });
        Row($"SoftHSM, {name}, {threads} thread{(threads == 1 ? "" : "s")}, not verified", plainTurns, 0.97);
        if (beside is not null)
        {
            Row($"SoftHSM, {name}, 1 thread, not verified, beside a C loop with a second, idle thread", besideTurns, 0.97);
            Row($"SoftHSM, {name}, verified, beside sign then verify in C", verifyingTurns, 0.9);
        }
    }

    private void MeasureTurns(int threads, Action turn)
    {
        using var process = Process.GetCurrentProcess();
        nint all = process.ProcessorAffinity;
        if (threads == 1)
        {
            process.ProcessorAffinity = 1 << Processor;
        }

        try
        {
            for (int i = 0; i < turns; i++)
            {
                turn();
            }
        }
        finally
        {
            process.ProcessorAffinity = all;
        }
    }

    private Speed Measure(ISigner signer, int threads, int verifyShare)
    {
        if (threads == 1)
        {
            return MeasureThread(signer, verifyShare);
        }

        var speeds = new Speed[threads];
        Thread[] all = [.. Enumerable.Range(0, threads).Select(i => new Thread(() => speeds[i] = MeasureThread(signer, verifyShare)))];
        Array.ForEach(all, thread => thread.Start());
        Array.ForEach(all, thread => thread.Join());
        return new Speed(speeds.Sum(speed => speed.PerSecond), speeds.Max(speed => speed.Bytes));
    }

    private Speed MeasureThread(ISigner signer, int verifyShare)
    {
        var verifier = new SignatureVerifier(signer.Certificate, signer.Algorithm);
        byte[] signature = new byte[signer.MaxSignatureLength];
        signer.Sign(_digest, signature, s_timeout, SigningPriority.Batch);
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        int count = 0;
        do
        {
            int signatureLength = signer.Sign(_digest, signature, s_timeout, SigningPriority.Batch);
            if (verifyShare > 0 && count % verifyShare == 0 && !verifier.Verify(_digest, signature.AsSpan(0, signatureLength)))
            {
                throw new InvalidOperationException("A signature does not verify.");
            }

            count++;
        }
        while (Stopwatch.GetElapsedTime(start) < length);

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new Speed(count / seconds, (double)(GC.GetAllocatedBytesForCurrentThread() - bytes) / count);
    }

    private void Row(string what, List<Turn> measured, double target)
    {
        double[] ratios = [.. measured.Select(turn => turn.Ours.PerSecond / turn.Theirs)];
        double mean = ratios.Average();
        double margin = StudentT * Math.Sqrt(ratios.Sum(ratio => (ratio - mean) * (ratio - mean)) / (ratios.Length - 1) / ratios.Length);
        double bytes = Statistics.Median(measured.Select(turn => turn.Ours.Bytes)); // the runtime may fill a cache during one turn or another
        bool met = mean + margin >= target && bytes < 1;
        var row = new SigningRow(
            what,
            FormattableString.Invariant($"{Statistics.Median(measured.Select(turn => turn.Ours.PerSecond)):N0}"),
            FormattableString.Invariant($"{Statistics.Median(measured.Select(turn => turn.Theirs)):N0}"),
            FormattableString.Invariant($"{Statistics.Median(ratios):0.000}"),
            FormattableString.Invariant($"{mean - margin:0.000}-{mean + margin:0.000}"),
            FormattableString.Invariant($"{bytes:0.#}"),
            FormattableString.Invariant($">= {target}, 0 bytes"),
            met);
        _rows.Add(row);
        Console.WriteLine($"| {row.Signer} | {row.PkiCore} | {row.Loop} | {row.Ratio} | {row.Interval} | {row.Bytes} | {row.Target} | {(met ? "met" : "MISSED")} |");
    }

    private static X509Certificate2 Certify(AsymmetricAlgorithm key)
    {
        CertificateRequest request = key is ECDsa ecdsa
            ? new CertificateRequest("CN=bench", ecdsa, HashAlgorithmName.SHA256)
            : new CertificateRequest("CN=bench", (RSA)key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 own = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadCertificate(own.RawData);
    }

    /// <summary>A line as it is printed and kept.</summary>
    private sealed record SigningRow(string Signer, string PkiCore, string Loop, string Ratio, string Interval, string Bytes, string Target, bool IsMet);

    private readonly record struct Speed(double PerSecond, double Bytes);

    private readonly record struct Turn(Speed Ours, double Theirs);
}
