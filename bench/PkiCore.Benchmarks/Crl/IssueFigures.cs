using System.Diagnostics;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using PkiCore.Crl.Issuing;
using PkiCore.Crl.State;
using PkiCore.Crl;
using PkiCore.Status;
using PkiCore.Testing;
using static System.FormattableString;

namespace PkiCore.Benchmarks.Crl;

/// <summary>A new complete CRL and a new delta CRL from a maintained state.</summary>
[SupportedOSPlatform("linux")]
internal sealed class IssueFigures(CrlInputs inputs, string folder, int count, int turns)
{
    private const double MaxSignRatio = 3;
    private const double MaxPublishRatio = 6;
    private const double MaxDeltaMilliseconds = 1;
    private const int DeltaChanges = 10;
    private const int DeltasPerTurn = 5; // the first of a turn removes a complete CRL that was replaced before, and the kernel takes its time for that
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    private readonly List<double> _signRatios = [];
    private readonly List<double> _publishRatios = [];
    private readonly List<double> _hash = [];
    private readonly List<double> _sign = [];
    private readonly List<double> _publish = [];
    private readonly List<double> _delta = [];
    private readonly List<double> _sync = [];
    private long _length;

    public IEnumerable<TableRow> Measure()
    {
        string own = Directory.CreateDirectory(Path.Combine(folder, Invariant($"issue-{count}"))).FullName;
        CrlPublisherOptions options = new CrlPublisherOptions { Directory = own, DeltaInterval = TimeSpan.FromHours(1) }.Validated();
        using CrlState state = inputs.Open(own, options, count);
        CrlIssuance issuance = inputs.CreateIssuance(options);
        long next = count;
        for (int turn = -2; turn < turns; turn++) // the first two warm up
        {
            RunTurn(state, issuance, ref next);
            if (turn < 0)
            {
                Clear();
            }
        }

        Directory.Delete(own, recursive: true);
        string what = Invariant($"{count:N0} entries, {_length / 1e6:0.0} MB");
        return
        [
            new($"{what}: SHA-256 over the CRL", Invariant($"{Statistics.Median(_hash):0.0} ms")),
            Row($"{what}: complete CRL from state to signed bytes, to SHA-256", _signRatios, _sign, MaxSignRatio),
            Row($"{what}: with gate and write to the page cache, to SHA-256", _publishRatios, _publish, MaxPublishRatio),
            new($"{what}: fsync of that file on the disk, alone", Invariant($"{Statistics.Median(_sync):0.0} ms ({_sync.Min():0.0}-{_sync.Max():0.0})")),
            new(
                Invariant($"{what}: delta CRL of {DeltaChanges} to {DeltaChanges * DeltasPerTurn} changes, without fsync"),
                Invariant($"{Statistics.Median(_delta):0.00} ms ({_delta.Min():0.00}-{_delta.Max():0.00})"),
                Invariant($"<= {MaxDeltaMilliseconds} ms"),
                Statistics.Median(_delta) <= MaxDeltaMilliseconds),
        ];
    }

    private static TableRow Row(string what, List<double> ratios, List<double> milliseconds, double most) => new(
        what,
        Invariant($"{Statistics.Median(ratios):0.00}x ({ratios.Min():0.00}-{ratios.Max():0.00}; {Statistics.Median(milliseconds):0.0} ms)"),
        Invariant($"<= {most}x"),
        Statistics.Median(ratios) <= most);

    private void RunTurn(CrlState state, CrlIssuance issuance, ref long next)
    {
        RevokedCertificates revoked = state.Scopes[0].ByIssuer[0].Revoked;
        byte[] crl = [];
        double sign = Time(() => crl = ToArray(SignedCrl.Create("CRL", inputs.CreateBuilder(revoked), inputs.Signer, s_timeout, baselineRequirements: false)));
        double hash = Time(() => SHA256.HashData(crl));
        double publish = Time(() => issuance.Publish([new DueCrl(0, IsDelta: false, IsRegular: true)], state, [inputs.Issuer], inputs.Signer, new CrlTerms(CrlInputs.Now), CrlInputs.Now));

        for (int i = 0; i < DeltasPerTurn; i++)
        {
            _delta.Add(TimeDelta(state, issuance, next));
            next += DeltaChanges;
        }

        (_length, double sync) = (crl.Length, TimeSync(crl));
        _hash.Add(hash);
        _sign.Add(sign);
        _publish.Add(publish);
        _signRatios.Add(sign / hash);
        _publishRatios.Add(publish / hash);
        _sync.Add(sync);
    }

    /// <summary>A delta CRL tells of all changes since the complete one: 10 in the first of a turn, 50 in the last.</summary>
    private double TimeDelta(CrlState state, CrlIssuance issuance, long first)
    {
        state.Apply(0, new StatusBatch { Changes = [.. Enumerable.Range(0, DeltaChanges).Select(i => CrlInputs.Revoked(first + i))], Watermark = CrlInputs.Now });
        return Time(() => issuance.Publish([new DueCrl(0, IsDelta: true, IsRegular: true)], state, [inputs.Issuer], inputs.Signer, new CrlTerms(CrlInputs.Now), CrlInputs.Now));
    }

    private void Clear()
    {
        foreach (List<double> figures in (List<double>[])[_hash, _sign, _publish, _signRatios, _publishRatios, _delta, _sync])
        {
            figures.Clear();
        }
    }

    private static byte[] ToArray(SignedCrl crl)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)crl.Length);
        int at = 0;
        foreach (ReadOnlyMemory<byte> piece in crl.Pieces)
        {
            piece.Span.CopyTo(bytes.AsSpan(at));
            at += piece.Length;
        }

        return bytes;
    }

    private static double TimeSync(byte[] crl)
    {
        string path = Checkout.PathOf(Invariant($"artifacts/crl-{Environment.ProcessId}"));
        try
        {
            using FileStream file = File.Create(path);
            file.Write(crl);
            return Time(() => file.Flush(flushToDisk: true));
        }
        finally
        {
            File.Delete(path);
        }
    }

    internal static double Time(Action action)
    {
        long begun = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }
}
