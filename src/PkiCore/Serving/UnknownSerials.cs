using System.Security.Cryptography.X509Certificates;
using PkiCore.Status;

namespace PkiCore.Serving;

/// <summary>What is said of serial numbers that the source has not named.</summary>
internal sealed class UnknownSerials(UnknownSerialPolicy policy, SourceState source, TimeProvider timeProvider)
{
    /// <summary>RFC 6960 4.4.8: a certificate that was never issued, as extended-revoke answers it.</summary>
    private static readonly CertificateStatus s_neverIssued =
        new(DateTimeOffset.UnixEpoch, X509RevocationReason.CertificateHold);

    /// <summary>Whether certificates stay known after they have expired: else they would be told to be unknown, never issued, or good.</summary>
    public bool KeepsExpired => policy != UnknownSerialPolicy.Unauthorized || !source.IsLoaded || source.UnnamedAreGood;

    /// <summary>Finds what may be said.</summary>
    /// <param name="batch">The batch of a reply that is being signed; <see langword="null"/> when none is yet.</param>
    /// <param name="status">What a reply would say; <see langword="null"/> is unknown.</param>
    /// <param name="isNeverIssued">Whether a reply would say so.</param>
    /// <returns><see cref="OcspOutcome.NeedsSignature"/> when it may be signed, else the error to answer.</returns>
    public OcspOutcome Find(SigningBatch? batch, out CertificateStatus? status, out bool isNeverIssued)
    {
        (status, isNeverIssued) = (null, false);
        if (!source.IsLoaded)
        {
            return OcspOutcome.TryLater; // what was never read is not known to be unknown
        }

        if (batch?.Reading.UnnamedAreGood ?? source.UnnamedAreGood)
        {
            status = CertificateStatus.Good;
            return batch is not null || source.TryGetFreshReading(timeProvider.GetUtcNow(), out _) ? OcspOutcome.NeedsSignature : OcspOutcome.TryLater;
        }

        isNeverIssued = policy == UnknownSerialPolicy.ExtendedRevoked;
        status = isNeverIssued ? s_neverIssued : null;
        return isNeverIssued && source.FindProblem(timeProvider.GetUtcNow()) is not null ? OcspOutcome.TryLater // it is called revoked only if all of the source could be read
            : policy == UnknownSerialPolicy.Unauthorized ? OcspOutcome.Unauthorized
            : OcspOutcome.NeedsSignature;
    }
}
