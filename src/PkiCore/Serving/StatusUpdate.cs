namespace PkiCore.Serving;

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
