using PkiCore.X509;

namespace PkiCore.Status;

/// <summary>The status of one certificate.</summary>
/// <param name="Serial">Its serial number.</param>
/// <param name="Status">Its status.</param>
/// <param name="NotAfter">The end of its validity; <see cref="DateTimeOffset.MaxValue"/> where the source does not know it.</param>
public readonly record struct StatusChange(SerialNumber Serial, CertificateStatus Status, DateTimeOffset NotAfter)
{
    /// <summary>The CRL shard that its distribution point names; <see langword="null"/> where the shard follows from the serial number, or there are no shards.</summary>
    public int? CrlShard { get; init; }

    /// <summary>Whether it is a CA's certificate, which some CRLs are about alone; <see langword="null"/> where the source cannot tell: then it is on those of both kinds.</summary>
    public bool? IsCA { get; init; }
}

/// <summary>How the changes of a batch are meant.</summary>
public enum StatusBatchKind
{
    /// <summary>Only what changed since the batch before, possibly nothing.</summary>
    Changes,

    /// <summary>A part of everything the source knows; more follows. Where a batch of <see cref="Changes"/> follows, it ends the news, and what was not named is not gone.</summary>
    CompleteState,

    /// <summary>The last part of everything the source knows: what none of the parts named is gone from the source.</summary>
    CompleteStateEnd,
}

/// <summary>Whether a batch may be taken as the present truth.</summary>
public enum StatusVerdict
{
    /// <summary>The source was read completely: the watermark holds.</summary>
    Current,

    /// <summary>The source could not be read, or not completely. The changes in the batch count all the same, but the watermark does not move.</summary>
    Stale,

    /// <summary>The source tells another history than before, such as a database restored from a backup. Nothing in the batch counts.</summary>
    OtherHistory,
}

/// <summary>A place in a source's history, opaque to everybody but the source; <see langword="default"/> is the beginning.</summary>
/// <param name="Value">What the source needs to go on from there.</param>
public readonly record struct SourcePosition(string? Value);

/// <summary>What a source delivers: changes in order, and how far they reach. Immutable.</summary>
public sealed class StatusBatch
{
    /// <summary>The changes.</summary>
    public IReadOnlyList<StatusChange> Changes { get; init; } = [];

    /// <summary>How they are meant.</summary>
    public StatusBatchKind Kind { get; init; }

    /// <summary>Where to go on once this batch is applied.</summary>
    public SourcePosition Position { get; init; }

    /// <summary>"True as of": the local time before the read that found all this began.</summary>
    public required DateTimeOffset Watermark { get; init; }

    /// <summary>No answer that rests on this batch outlives it, such as the nextUpdate of a CRL; <see langword="null"/> for a source that can be asked at any time.</summary>
    /// <remarks>
    /// The watermark is then the time as of which the source speaks, a CRL's thisUpdate, and may be days old: what counts is that the source is still valid. Answers
    /// are good from the time of signing for as long as the settings say, and at most until here. Once it is over nothing new is signed until the source says
    /// something newer. A public CA whose answers rest on a CRL needs a new one every four days: its answers have to be that new (BR 4.9.9).
    /// </remarks>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>A certificate that the source does not name is good: somebody who knows says that the source, a CRL, names every revoked certificate of the issuer.</summary>
    /// <remarks>
    /// What is not named is answered <c>good</c>, signed for each request, whatever the setting for unknown serial numbers, and also if it was never issued or has
    /// expired since: the source cannot tell. Public CAs must not set it: they must not answer <c>good</c> for a serial number that was never assigned (BR 4.9.9).
    /// A complete state that says so releases the holds that it does not name; what is revoked for good and not named stays revoked.
    /// </remarks>
    public bool UnnamedAreGood { get; init; }

    /// <summary>A complete state that tells nothing new: the source has told all its changes already. What differs all the same was missed; it is put right, and reported.</summary>
    public bool IsComparison { get; init; }

    /// <summary>Whether the batch is the present truth.</summary>
    public StatusVerdict Verdict { get; init; }

    /// <summary>What is wrong with the source, for the operator; <see langword="null"/> when all is well.</summary>
    public string? Problem { get; init; }
}
