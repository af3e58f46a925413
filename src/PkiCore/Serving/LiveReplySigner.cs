using System.Runtime.CompilerServices;
using PkiCore.Ocsp;
using PkiCore.Signing;
using PkiCore.Status;

namespace PkiCore.Serving;

/// <summary>
/// Makes the signed reply to one request, on the thread that calls. What replies have in common, the times, the responder and its certificate,
/// is made once for all that are signed in the same second.
/// </summary>
internal sealed class LiveReplySigner(ServedIssuer issuer, OcspResponderOptions options, TimeProvider timeProvider)
{
    private static readonly TimeSpan s_precision = TimeSpan.FromSeconds(1); // of the times in a reply

    private volatile Shared? _shared;
    private int _untilVerified; // how many replies go out before the next one is verified

    /// <summary>After the signer was replaced: its first reply is verified.</summary>
    public void Renew() => Volatile.Write(ref _untilVerified, 0);

    /// <summary>Signs a reply to a request that was parsed before.</summary>
    /// <returns>The outcome and the reply; without one when nothing may be signed, or when the thread was written off.</returns>
    /// <exception cref="SigningException">No signature was made, or none that a client would take.</exception>
    [SkipLocalsInit]
    public (OcspOutcome Outcome, byte[]? Reply) Sign(SigningThread thread, Workspace workspace, ReadOnlySpan<byte> encoded, TimeSpan timeout)
    {
        if (!OcspRequest.TryParse(encoded, out OcspRequest request, out _, options.MaxCertificatesPerRequest) || Begin() is not { } shared)
        {
            return (OcspOutcome.TryLater, null);
        }

        Span<CertificateStatus?> statuses = workspace.Statuses.AsSpan(0, request.CertificateCount);
        OcspOutcome outcome = FindStatuses(request, shared.Batch, statuses, out bool neverIssued);
        if (outcome != OcspOutcome.NeedsSignature)
        {
            return (outcome, null);
        }

        ReadOnlySpan<byte> nonce = options.Nonce == NoncePolicy.Sign ? request.Nonce : default;
        Span<byte> extensions = stackalloc byte[OcspResponseExtensions.MaxLength];
        extensions = extensions[..OcspResponseExtensions.Write(extensions, nonce, neverIssued)];
        OcspResponseTemplate template = shared.Batch.Template;
        ReadOnlySpan<byte> toBeSigned = workspace.ToBeSigned.AsSpan(0, template.WriteToBeSigned(workspace.ToBeSigned, request, statuses, extensions));
        Span<byte> signature = stackalloc byte[ResponderIdentity.MaxSignatureLength];
        if (!issuer.TrySign(thread, shared.Identity, toBeSigned, signature, timeout, SigningPriority.Live, out int signatureLength))
        {
            return (OcspOutcome.TryLater, null);
        }

        ReadOnlySpan<byte> reply = workspace.Reply.AsSpan(0, template.Write(workspace.Reply, toBeSigned, signature[..signatureLength]));
        Verify(reply);
        issuer.SigningSucceeded();

        // A change that came while the signer was at work has killed this reply too (architecture rule 4).
        Span<CertificateStatus?> after = workspace.StatusesAfter.AsSpan(0, statuses.Length);
        return FindStatuses(request, shared.Batch, after, out _) == OcspOutcome.NeedsSignature && after.SequenceEqual(statuses)
            ? (GetOutcome(statuses), reply.ToArray())
            : (OcspOutcome.TryLater, null);
    }

    /// <summary>The signer and the times of a reply that is signed now; <see langword="null"/> when nothing may be.</summary>
    private Shared? Begin()
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        if (_shared is { } shared && IsCurrent(shared, now))
        {
            return shared;
        }

        if (!issuer.TryBeginBatch(out ResponderIdentity identity, out SigningBatch batch))
        {
            return null;
        }

        return _shared = new Shared(identity, batch); // of two that come at once, either will do
    }

    /// <summary>Whether a batch begun now would say the same: by the same signer, on the strength of the same reading, which has to be fresh still.</summary>
    private bool IsCurrent(Shared shared, DateTimeOffset now) =>
        shared.Identity == issuer.Identity
        && shared.Batch.ProducedAt <= now && now - shared.Batch.ProducedAt < s_precision
        && issuer.SourceState.TryGetFreshReading(now, out SourceReading reading)
        && shared.Batch.LastChange == reading.LastChange && shared.Batch.ThisUpdate == SigningTerms.FloorToSecond(reading.Watermark)
        && shared.Batch.Reading.UnnamedAreGood == reading.UnnamedAreGood && shared.Batch.Reading.ValidUntil == reading.ValidUntil;

    private OcspOutcome FindStatuses(OcspRequest request, SigningBatch batch, Span<CertificateStatus?> statuses, out bool neverIssued)
    {
        neverIssued = false;
        int i = 0;
        foreach (CertId certId in request)
        {
            OcspOutcome outcome = issuer.FindStatus(certId, batch.ProducedAt, batch, out statuses[i++], out bool isNeverIssued);
            if (outcome != OcspOutcome.NeedsSignature)
            {
                return outcome;
            }

            neverIssued |= isNeverIssued;
        }

        return OcspOutcome.NeedsSignature;
    }

    /// <summary>Verifies the first reply and one in so many (architecture rule 7).</summary>
    private void Verify(ReadOnlySpan<byte> reply)
    {
        if (Interlocked.Decrement(ref _untilVerified) < 0)
        {
            issuer.Verify(reply); // and the next one too, unless this one passes
            Volatile.Write(ref _untilVerified, ServedIssuer.VerifiedShare - 1);
        }
    }

    private static OcspOutcome GetOutcome(ReadOnlySpan<CertificateStatus?> statuses) => statuses switch
    {
        [null] => OcspOutcome.Unknown,
        [{ IsRevoked: true }] => OcspOutcome.Revoked,
        [_] => OcspOutcome.Good,
        _ => OcspOutcome.Several,
    };

    /// <summary>What a thread needs for a reply; one at a time, and for nobody else, as the thread may be stuck with it.</summary>
    internal sealed class Workspace(OcspResponderOptions options)
    {
        public byte[] ToBeSigned { get; } = new byte[OcspResponder.MaxReplyLength];

        public byte[] Reply { get; } = new byte[OcspResponder.MaxReplyLength];

        public CertificateStatus?[] Statuses { get; } = new CertificateStatus?[options.MaxCertificatesPerRequest];

        public CertificateStatus?[] StatusesAfter { get; } = new CertificateStatus?[options.MaxCertificatesPerRequest];
    }

    private sealed record Shared(ResponderIdentity Identity, SigningBatch Batch);
}
