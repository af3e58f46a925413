using PkiCore.Status;

namespace PkiCore.Serving.Storage;

/// <summary>A copy of what the table holds of one certificate.</summary>
/// <param name="Status">Its status.</param>
/// <param name="NotAfter">The end of its validity, in seconds since 1970; <see cref="RecordHeader.Never"/> when it is not known.</param>
/// <param name="Change">The number of the change that gave it this status: only a reading that came after it may vouch for it (architecture rule 1).</param>
/// <param name="Batch">The batch in which it is signed; <see langword="null"/> when it is not.</param>
/// <param name="SignatureLength">How much of the caller's buffer the signature takes.</param>
/// <param name="Place">Which record it was.</param>
internal readonly record struct CertificateRecord(
    CertificateStatus Status, uint NotAfter, uint Change, SigningBatch? Batch, int SignatureLength, RecordPlace Place)
{
    /// <summary>Stands for a record that changed each time it was looked at: nothing can be said of it now.</summary>
    public static CertificateRecord Busy { get; } = new(CertificateStatus.Good, RecordHeader.Never, uint.MaxValue, null, 0, default);

    public bool HasExpired(DateTimeOffset now) => NotAfter < now.ToUnixTimeSeconds();
}

/// <summary>A slot, its memory and its state: together they name a record that is never changed, and never comes back.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="State">What <see cref="RecordHeader.State"/> was.</param>
/// <param name="Segment">Where the slot was: when memory is given back, its slots come again elsewhere, and their generations begin anew.</param>
internal readonly record struct RecordPlace(uint Slot, uint State, RecordSegment? Segment);
