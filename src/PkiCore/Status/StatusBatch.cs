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

    /// <summary>Whether it is a CA's certificate, as far as the source can tell: some CRLs are about these alone.</summary>
    public bool IsCA { get; init; }
}

/// <summary>How the changes of a batch are meant.</summary>
public enum StatusBatchKind
{
    /// <summary>Only what changed since the batch before, possibly nothing.</summary>
    Changes,

    /// <summary>A part of everything the source knows; more follows.</summary>
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

    /// <summary>Whether the batch is the present truth.</summary>
    public StatusVerdict Verdict { get; init; }

    /// <summary>What is wrong with the source, for the operator; <see langword="null"/> when all is well.</summary>
    public string? Problem { get; init; }
}
