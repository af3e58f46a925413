namespace PkiCore.Serving;

/// <summary>What became of a request.</summary>
public enum OcspOutcome
{
    /// <summary>Signed: one certificate, good.</summary>
    Good,

    /// <summary>Signed: one certificate, revoked.</summary>
    Revoked,

    /// <summary>Signed: one certificate, not known.</summary>
    Unknown,

    /// <summary>Signed: several certificates.</summary>
    Several,

    /// <summary>Unsigned: the request is malformed, or asks for too many certificates.</summary>
    MalformedRequest,

    /// <summary>Unsigned: something failed inside.</summary>
    InternalError,

    /// <summary>Unsigned: no answer at the moment.</summary>
    TryLater,

    /// <summary>Unsigned: not an issuer or a certificate that is answered for, or an unknown critical extension.</summary>
    Unauthorized,

    /// <summary>There is no reply yet: call <see cref="OcspResponder.SignAsync"/>.</summary>
    NeedsSignature,
}

/// <summary>The answer to a request. The reply itself is in the caller's buffer.</summary>
/// <param name="Outcome">What became of the request.</param>
/// <param name="Length">How many bytes of the buffer are the reply; 0 for <see cref="OcspOutcome.NeedsSignature"/>.</param>
/// <param name="Batch">The batch of a reply that was signed ahead and that caches may keep; <see langword="null"/> for every other.</param>
public readonly record struct OcspAnswer(OcspOutcome Outcome, int Length, SigningBatch? Batch = null);
