using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Benchmarks.Table;
using PkiCore.Crl.Issuing;
using PkiCore.Crl.State;
using PkiCore.Crl;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Benchmarks.Crl;

/// <summary>A CA, and revoked certificates of it: serial numbers of 16 octets that look random, a reason for each.</summary>
[SupportedOSPlatform("linux")]
internal sealed class CrlInputs : IDisposable
{
    private const int BatchLength = 10_000;

    private static readonly SyntheticSerials s_serials = new(16);
    private readonly Inputs _inputs = new();

    public CrlInputs()
    {
        Issuer = Issuer.FromPemFile(_inputs.Ca.CaPath);
        Signer = SoftwareSigner.FromPemFiles(_inputs.Ca.CaPath, _inputs.Ca.CaKeyPath);
    }

    public Issuer Issuer { get; }

    public ISigner Signer { get; }

    public static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>The time of a CRL that is made now.</summary>
    public static DateTimeOffset ThisSecond => DateTimeOffset.FromUnixTimeSeconds(Now.ToUnixTimeSeconds());

    /// <summary>For several CRLs within one second.</summary>
    public static DateTimeOffset NextSecond => ThisSecond.AddSeconds(1);

    /// <summary>Where files are written without a disk behind them: what is measured is our work and the kernel's copy.</summary>
    public static string CreateMemoryFolder() => Directory.CreateDirectory($"/dev/shm/pkicore-crl-{Environment.ProcessId}").FullName;

    public static SerialNumber SerialOf(long index)
    {
        Span<byte> octets = stackalloc byte[s_serials.Length];
        s_serials.Write(index, octets);
        _ = SerialNumber.TryCreate(octets, out SerialNumber serial);
        return serial;
    }

    public static StatusChange Revoked(long index) => new(SerialOf(index), new CertificateStatus(Now.AddDays(-1), X509RevocationReason.CessationOfOperation), Now.AddDays(90));

    /// <summary>A state in which the first so many certificates are revoked.</summary>
    public CrlState Open(string folder, CrlPublisherOptions options, int count)
    {
        var state = CrlState.Open(Path.Combine(folder, "state"), new ScopeSet(options.Scopes), [Issuer], options.HasDeltas, TimeProvider.System, NullLogger.Instance);
        for (int first = 0; first < count; first += BatchLength)
        {
            state.Apply(0, new StatusBatch
            {
                Changes = [.. Enumerable.Range(first, Math.Min(BatchLength, count - first)).Select(i => Revoked(i))],
                Kind = StatusBatchKind.CompleteState,
                Watermark = Now,
            });
        }

        state.Apply(0, new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = Now });
        return state;
    }

    public CrlIssuance CreateIssuance(CrlPublisherOptions options) =>
        new(Issuer, options, new CrlMetrics(null, Issuer.Name, TimeProvider.System), NullLogger.Instance, NullLogger.Instance);

    public CrlBuilder CreateBuilder(RevokedCertificates revoked) => new(Issuer, [(Issuer, revoked)]) { Number = 1, ThisUpdate = ThisSecond, NextUpdate = ThisSecond.AddDays(4) };

    public void Dispose()
    {
        Signer.Dispose();
        _inputs.Dispose();
    }
}
