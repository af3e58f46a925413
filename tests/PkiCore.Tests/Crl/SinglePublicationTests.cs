using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Crl.Issuing;
using PkiCore.Crl;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.Tests.Signing;
using PkiCore.X509;

namespace PkiCore.Tests.Crl;

/// <summary>Publications one by one, each as by a process of its own.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SinglePublicationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new();
    private readonly X509Certificate2 _certificate;
    private readonly DotNetSigner _signer;

    public SinglePublicationTests()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _certificate = KeyFiles.Certify(key);
        _signer = new DotNetSigner(key, _certificate);
    }

    public void Dispose()
    {
        _signer.Dispose();
        _certificate.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Second_CRL_within_a_second_waits_for_a_reading_of_the_next_one()
    {
        DateTimeOffset first = _time.GetUtcNow();
        await PublishAsync(Complete(first));
        await PublishAsync(Complete(first.AddMilliseconds(10)), Unchanged(first.AddMilliseconds(999)), Unchanged(first.AddMilliseconds(1001)));
        using CrlReader crl = Read("ca.crl");
        Assert.Equal((first.AddSeconds(1), 2), (crl.ThisUpdate, crl.Number));
    }

    [Fact]
    public async Task CRL_of_before_the_last_one_is_refused_and_not_waited_for()
    {
        DateTimeOffset first = _time.GetUtcNow();
        await PublishAsync(Complete(first));
        InvalidDataException refused = await Assert.ThrowsAsync<InvalidDataException>(() => PublishAsync(Complete(first.AddHours(-1))));
        Assert.Contains("is earlier than that of the one before", refused.Message, StringComparison.Ordinal);
        using CrlReader crl = Read("ca.crl");
        Assert.Equal(1, crl.Number);
    }

    [Fact]
    public async Task Source_that_stays_unreadable_ends_it_with_its_problem()
    {
        StatusBatch stale = new() { Watermark = _time.GetUtcNow(), Verdict = StatusVerdict.Stale, Problem = "half-written" };
        InvalidDataException failed = await Assert.ThrowsAsync<InvalidDataException>(() => PublishAsync(stale, stale, stale, stale, Complete(_time.GetUtcNow())));
        Assert.Contains("half-written", failed.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_directory.FullPath, "current")));

        await PublishAsync(stale, stale, stale, Complete(_time.GetUtcNow())); // as when a file is being replaced
        Assert.True(Directory.Exists(Path.Combine(_directory.FullPath, "current")));
    }

    [Fact]
    public async Task Delta_CRL_tells_what_changed_since_the_complete_one_of_an_earlier_process()
    {
        DateTimeOffset start = _time.GetUtcNow();
        await PublishAsync(Complete(start, Revoked("11", start)));
        _time.Advance(TimeSpan.FromMinutes(1));
        await PublishAsync(isDelta: true, Complete(_time.GetUtcNow(), Revoked("11", start), Revoked("12", start)));
        using CrlReader delta = Read("ca-delta.crl");
        Assert.Equal((2, 1), (delta.Number, delta.BaseNumber));
        Assert.Equal(["12"], Serials(delta));
    }

    [Fact]
    public async Task Expired_certificate_leaves_after_a_CRL_that_is_later_than_its_end()
    {
        DateTimeOffset start = _time.GetUtcNow();
        StatusChange expiring = Revoked("11", start) with { NotAfter = start.AddHours(1) };
        var listed = new List<int>();
        for (int hour = 0; hour < 4; hour++)
        {
            await PublishAsync(Complete(_time.GetUtcNow(), expiring, Revoked("12", start)));
            using CrlReader crl = Read("ca.crl");
            listed.Add(Serials(crl).Count);
            _time.Advance(TimeSpan.FromMinutes(50));
        }

        Assert.Equal([2, 2, 2, 1], listed); // the third is the first of after the end
    }

    private static StatusBatch Complete(DateTimeOffset watermark, params StatusChange[] changes) => new() { Kind = StatusBatchKind.CompleteStateEnd, Watermark = watermark, Changes = changes };

    private static StatusBatch Unchanged(DateTimeOffset watermark) => new() { Watermark = watermark };

    private static StatusChange Revoked(string serial, DateTimeOffset time)
    {
        Assert.True(SerialNumber.TryParse(serial, out SerialNumber parsed));
        return new StatusChange(parsed, new CertificateStatus(time, X509RevocationReason.Superseded), DateTimeOffset.MaxValue);
    }

    private static List<string> Serials(CrlReader crl)
    {
        var serials = new List<string>();
        while (crl.TryRead(out CrlEntry entry))
        {
            serials.Add(Convert.ToHexString(entry.SerialNumber));
        }

        return serials;
    }

    private Task PublishAsync(params StatusBatch[] batches) => PublishAsync(isDelta: false, batches);

    private async Task PublishAsync(bool isDelta, params StatusBatch[] batches)
    {
        var options = new CrlPublisherOptions { Directory = _directory.FullPath, DeltaInterval = TimeSpan.FromHours(6) };
        using var publication = new SinglePublication(Issuer.FromCertificate(_certificate), options, _time, NullLoggerFactory.Instance);
        await publication.ReadAsync(new Script(batches), _ => { }, TestContext.Current.CancellationToken);
        if (isDelta)
        {
            publication.PublishDeltas(_signer);
        }
        else
        {
            publication.PublishComplete(_signer);
        }
    }

    private CrlReader Read(string name) => CrlReader.Open(Path.Combine(_directory.FullPath, "current", name));

    private sealed class Script(StatusBatch[] batches) : IStatusSource
    {
        public string Name => "script";

        public async IAsyncEnumerable<StatusBatch> ReadAsync(SourcePosition from, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            foreach (StatusBatch batch in batches)
            {
                await Task.Yield();
                yield return batch;
            }
        }
    }
}
