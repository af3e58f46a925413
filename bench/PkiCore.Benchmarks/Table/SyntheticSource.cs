using System.Runtime.CompilerServices;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Benchmarks.Table;

/// <summary>
/// A source with as many good certificates as wanted, made up as they are read; afterwards, or if that is known already, it says every second that nothing
/// has changed. Or else it cannot be read at all.
/// </summary>
internal sealed class SyntheticSource(SyntheticSerials serials, int count, bool isReachable) : IStatusSource, IDisposable
{
    private const int BatchSize = 8192;

    private static readonly SourcePosition s_end = new("all");
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _wake = new(0);
    private readonly DateTimeOffset _notAfter = TimeProvider.System.GetUtcNow().AddDays(365);
    private volatile IReadOnlyList<StatusChange> _pending = [];
    private volatile StrongBox<SigningCost> _delivered = new();

    public string Name => "synthetic";

    /// <summary>When the last part of everything, or what was revoked, was handed over.</summary>
    public SigningCost Delivered => _delivered.Value;

    /// <summary>Revokes the first certificates, in one batch.</summary>
    public void Revoke(int certificates)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        _pending = Changes(0, certificates, new CertificateStatus(now));
        _wake.Release();
    }

    public async IAsyncEnumerable<StatusBatch> ReadAsync(SourcePosition from, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        DateTimeOffset watermark = TimeProvider.System.GetUtcNow();
        while (!isReachable)
        {
            yield return new StatusBatch { Watermark = watermark, Position = from, Verdict = StatusVerdict.Stale, Problem = "out of reach" };
            await Task.Delay(s_heartbeat, TimeProvider.System, cancellationToken);
        }

        IEnumerable<StatusBatch> first = from == s_end ? [new StatusBatch { Watermark = watermark, Position = s_end }] : ReadAll(watermark);
        foreach (StatusBatch batch in first)
        {
            yield return batch;
        }

        while (true)
        {
            await _wake.WaitAsync(s_heartbeat, cancellationToken);
            watermark = TimeProvider.System.GetUtcNow();
            IReadOnlyList<StatusChange> changes = _pending;
            _pending = [];
            if (changes.Count > 0)
            {
                _delivered = new StrongBox<SigningCost>(SigningCost.Now());
            }

            yield return new StatusBatch { Watermark = watermark, Position = s_end, Changes = changes };
        }
    }

    public void Dispose() => _wake.Dispose();

    private IEnumerable<StatusBatch> ReadAll(DateTimeOffset watermark)
    {
        for (int first = 0; first < count; first += BatchSize)
        {
            yield return new StatusBatch
            {
                Kind = StatusBatchKind.CompleteState,
                Watermark = watermark,
                Changes = Changes(first, Math.Min(BatchSize, count - first), CertificateStatus.Good),
            };
        }

        _delivered = new StrongBox<SigningCost>(SigningCost.Now());
        yield return new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = watermark, Position = s_end };
    }

    private StatusChange[] Changes(int first, int length, CertificateStatus status)
    {
        var changes = new StatusChange[length];
        Span<byte> octets = stackalloc byte[serials.Length];
        for (int i = 0; i < length; i++)
        {
            serials.Write(first + i, octets);
            _ = SerialNumber.TryCreate(octets, out SerialNumber serial);
            changes[i] = new StatusChange(serial, status, _notAfter);
        }

        return changes;
    }
}
