using System.Security.Cryptography.X509Certificates;
using PkiCore.Ocsp;
using PkiCore.Serving;
using PkiCore.Signing;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Tests.Serving;

/// <summary>What a request got.</summary>
internal sealed record Reply(OcspAnswer Answer, byte[] Bytes)
{
    public OcspOutcome Outcome => Answer.Outcome;

    public OcspResponse Response => OcspResponse.Parse(Bytes) ?? throw new InvalidDataException($"The reply is no response: {Convert.ToHexString(Bytes)}");

    public SignatureAlgorithm? Algorithm => SignatureAlgorithm.Find(Response.SignatureAlgorithmIdentifier.Span);

    public OcspSingleResponse Single => Assert.Single(Response.Responses);
}

/// <summary>A responder for one authority with a clock, a source and a signer that the test commands.</summary>
internal sealed class TestRig : IAsyncDisposable
{
    /// <summary>How long anything on real threads may take before a test gives up.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DotNetSigner _key;

    private readonly bool _ownsAuthority;

    /// <param name="options">Of the responder.</param>
    /// <param name="terms">Of the signer's certificate.</param>
    /// <param name="signer">Instead of one of the rig's.</param>
    /// <param name="parallelism">Of the rig's signer.</param>
    /// <param name="before">A rig whose authority and time this one goes on with, as after a restart.</param>
    public TestRig(OcspResponderOptions? options = null, ResponderTerms? terms = null, ISigner? signer = null, int parallelism = 1, TestRig? before = null)
    {
        _ownsAuthority = before is null;
        Authority = before?.Authority ?? new TestAuthority();
        Clock = before is null ? new ManualTimeProvider() : new ManualTimeProvider(before.Now);
        _key = Authority.CreateSigner(terms);
        Signer = new FaultySigner(_key) { Parallelism = parallelism };
        Responder = new OcspResponder(options, Clock, Log);
        Responder.AddIssuer(Authority.Issuer, signer ?? Signer, Source);
    }

    public ManualTimeProvider Clock { get; }

    public TestAuthority Authority { get; }

    public ScriptedSource Source { get; } = new();

    public ListLogger Log { get; } = new();

    public FaultySigner Signer { get; }

    public OcspResponder Responder { get; }

    public IssuerHealth Health => Responder.GetHealth().Issuers[0];

    public DateTimeOffset Now => Clock.GetUtcNow();

    public static StatusChange Good(string serial, DateTimeOffset? notAfter = null) => Change(serial, CertificateStatus.Good, notAfter);

    public static StatusChange Revoked(string serial, X509RevocationReason reason = X509RevocationReason.KeyCompromise, DateTimeOffset? notAfter = null) =>
        Change(serial, new CertificateStatus(new DateTimeOffset(2025, 12, 1, 0, 0, 0, TimeSpan.Zero), reason), notAfter);

    public static StatusChange Held(string serial) => Revoked(serial, X509RevocationReason.CertificateHold);

    /// <summary>Starts with a complete state, and returns when it is applied; signing goes on.</summary>
    public static async Task<TestRig> StartAsync(TestRig rig, params StatusChange[] state)
    {
        Task started = rig.Responder.StartAsync(TestContext.Current.CancellationToken);
        await rig.DeliverStateAsync(state);
        await started.WaitAsync(Patience, TestContext.Current.CancellationToken);
        return rig;
    }

    /// <summary>Starts with a complete state, and returns when all of it is signed.</summary>
    public static async Task<TestRig> StartPreparedAsync(TestRig rig, params StatusChange[] state)
    {
        await StartAsync(rig, state);
        rig.WaitUntilPrepared(state);
        return rig;
    }

    public Task DeliverStateAsync(params StatusChange[] state) => DeliverAsync(StatusBatchKind.CompleteStateEnd, StatusVerdict.Current, state);

    public Task DeliverChangesAsync(params StatusChange[] changes) => DeliverAsync(StatusBatchKind.Changes, StatusVerdict.Current, changes);

    public Task DeliverStaleAsync(params StatusChange[] changes) => DeliverAsync(StatusBatchKind.Changes, StatusVerdict.Stale, changes);

    public Task DeliverAsync(StatusBatchKind kind, StatusVerdict verdict, params StatusChange[] changes) => Source.DeliverAsync(new StatusBatch
    {
        Changes = changes,
        Kind = kind,
        Watermark = Now,
        Verdict = verdict,
        Problem = verdict == StatusVerdict.Stale ? "the source is out of reach" : null,
    });

    public byte[] Request(string serial, CertIdHash hash = CertIdHash.Sha256) => TestRequest.For(Authority.Issuer, serial, hash);

    /// <summary>What is answered at once.</summary>
    public Reply Answer(byte[] request)
    {
        byte[] buffer = new byte[Responder.MaxResponseLength];
        OcspAnswer answer = Responder.Answer(request, buffer);
        return new Reply(answer, buffer[..answer.Length]);
    }

    public Reply Answer(string serial) => Answer(Request(serial));

    /// <summary>What is signed live.</summary>
    public async Task<Reply> SignAsync(byte[] request)
    {
        byte[] buffer = new byte[Responder.MaxResponseLength];
        OcspAnswer answer = await Responder.SignAsync(request, buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);
        return new Reply(answer, buffer[..answer.Length]);
    }

    /// <summary>What a client gets; every signed reply is verified.</summary>
    public async Task<Reply> AskAsync(byte[] request)
    {
        Reply reply = Answer(request);
        reply = reply.Outcome == OcspOutcome.NeedsSignature ? await SignAsync(request) : reply;
        if (reply.Outcome is OcspOutcome.Good or OcspOutcome.Revoked or OcspOutcome.Unknown or OcspOutcome.Several)
        {
            Verify(reply);
        }

        return reply;
    }

    public Task<Reply> AskAsync(string serial) => AskAsync(Request(serial));

    /// <summary>Holds a signed reply against the rules of time and signature.</summary>
    public void Verify(Reply reply)
    {
        OcspResponse response = reply.Response;
        Assert.Equal(OcspVerificationResult.Valid, OcspResponseVerifier.Verify(response, Authority.Issuer, Now));
        Assert.All(response.Responses, single => Assert.True(single.ThisUpdate <= response.ProducedAt && response.ProducedAt <= Now && single.NextUpdate > Now));
    }

    public void WaitUntilPrepared(params StatusChange[] changes) =>
        WaitUntil(() => changes.All(change => Answer(change.Serial.ToString()).Answer.Batch is not null), "the certificates are signed");

    /// <summary>Waits for something on another thread.</summary>
    public static void WaitUntil(Func<bool> condition, string what) =>
        Assert.True(SpinWait.SpinUntil(condition, Patience), $"waited {Patience.TotalSeconds:0} s in vain until {what}");

    /// <summary>Moves the clock by whole seconds, one at a time, so that every periodic task runs.</summary>
    public async Task AdvanceAsync(TimeSpan by)
    {
        await Clock.WaitForTimersAsync(1, TestContext.Current.CancellationToken);
        Clock.Advance(by);
    }

    public async ValueTask DisposeAsync()
    {
        Signer.Free();
        await Responder.DisposeAsync();
        Signer.Dispose();
        _key.Dispose();
        if (_ownsAuthority)
        {
            Authority.Dispose();
        }

        Log.Dispose();
    }

    private static StatusChange Change(string serial, CertificateStatus status, DateTimeOffset? notAfter)
    {
        Assert.True(SerialNumber.TryParse(serial, out SerialNumber parsed));
        return new StatusChange(parsed, status, notAfter ?? TestAuthority.End);
    }
}
