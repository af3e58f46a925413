using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;
using static PkiCore.Tests.Serving.TestRig;

namespace PkiCore.Tests.Serving;

/// <summary>What signing ahead allocates for each signature, with a key from a file and the verification of a share; what a batch takes once is not in it.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PresignAllocationTests
{
    private const int CertificateCount = 3000;

    [Fact]
    public void Signing_ahead_allocates_nothing_for_a_signature()
    {
        var clock = new ManualTimeProvider(); // it stands still, so that all are signed in one batch, by one thread
        using var authority = new TestAuthority();
        using var signer = new MarkingSigner(CreateSigner(authority), capacity: 8 * CertificateCount);
        using var metrics = new ResponderMetrics(null, () => new ResponderHealth([]), clock);
        var issuer = new ServedIssuer(authority.Issuer, new ScriptedSource(), new OcspResponderOptions(), clock, metrics, NullLogger.Instance, NullLogger.Instance);
        issuer.SetSigner(signer);

        StatusChange[] state = [.. Enumerable.Range(1, CertificateCount).Select(i => Good($"{i:X4}"))];
        SourceReception.Apply(new StatusBatch { Kind = StatusBatchKind.CompleteStateEnd, Watermark = clock.GetUtcNow(), Changes = state }, [issuer]);
        WaitUntil(() => issuer.Presigner.UnfinishedCount == 0, "all is signed");

        Assert.Equal(CertificateCount * issuer.Prepared.ReplyCount, signer.Marks.Count);
        AllocationBudget.Assert("sign ahead", signer.Marks);
    }

    private static ISigner CreateSigner(TestAuthority authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return SoftwareSigner.FromOpenSsl(authority.IssueResponder(key), key.ExportPkcs8PrivateKeyPem(), default, algorithm: null);
    }

    /// <summary>Notes at each signature what its thread has allocated; one thread signs at a time.</summary>
    private sealed class MarkingSigner(ISigner inner, int capacity) : ISigner
    {
        public List<long> Marks { get; } = new(capacity);

        public X509Certificate2 Certificate => inner.Certificate;

        public SignatureAlgorithm Algorithm => inner.Algorithm;

        public bool PreHash => inner.PreHash;

        public int MaxSignatureLength => inner.MaxSignatureLength;

        public int Parallelism => 1;

        public string? Problem => inner.Problem;

        public int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority)
        {
            Marks.Add(GC.GetAllocatedBytesForCurrentThread());
            return inner.Sign(input, signature, timeout, priority);
        }

        public void Dispose() => inner.Dispose();
    }
}
