using PkiCore.Status;

namespace PkiCore.Serving;

/// <summary>A copy of what the table holds of one certificate.</summary>
/// <param name="Status">Its status.</param>
/// <param name="NotAfter">The end of its validity.</param>
/// <param name="ChangedAt">When the source was read that last changed it, on the timeline of <see cref="SourceState"/>: nothing older may vouch
/// for it (architecture rule 1).</param>
/// <param name="Version">Another number after every change of status.</param>
/// <param name="Batch">The batch in which it is signed; <see langword="null"/> when it is not.</param>
/// <param name="SignatureLength">How much of the caller's buffer the signature takes.</param>
internal readonly record struct CertificateRecord(
    CertificateStatus Status, DateTimeOffset NotAfter, long ChangedAt, long Version, SigningBatch? Batch, int SignatureLength);

/// <summary>What applying a change came to.</summary>
internal enum StatusUpdate
{
    /// <summary>The table knew it already.</summary>
    Unchanged,

    /// <summary>The certificate is new.</summary>
    Added,

    /// <summary>The status is another one now, and the earlier signature is dead.</summary>
    Changed,

    /// <summary>The change would undo a revocation that is for good.</summary>
    Refused,
}
