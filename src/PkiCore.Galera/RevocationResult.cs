using PkiCore.Status;

namespace PkiCore.Galera;

/// <summary>What became of an operation.</summary>
public enum RevocationOutcome
{
    /// <summary>The certificate was added.</summary>
    Issued,

    /// <summary>It was there already, and stayed as it was.</summary>
    AlreadyIssued,

    /// <summary>It was revoked for good, or the reason of its revocation became keyCompromise.</summary>
    Revoked,

    /// <summary>It was revoked for good already, and stayed as it was.</summary>
    AlreadyRevoked,

    /// <summary>It was put on hold.</summary>
    Held,

    /// <summary>It was on hold already, and stayed as it was.</summary>
    AlreadyOnHold,

    /// <summary>Its hold ended.</summary>
    Released,

    /// <summary>It is not on hold, so that there is nothing to release; what is revoked for good stays so.</summary>
    NotOnHold,

    /// <summary>There is no such certificate.</summary>
    NotFound,

    /// <summary>Its last change is not the expected one.</summary>
    Conflict,

    /// <summary>The operation id belongs to another operation: on another certificate, or of another kind.</summary>
    OperationIdInUse,
}

/// <summary>What became of an operation.</summary>
/// <param name="OperationId">Which.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="State">The certificate after it; <see langword="null"/> when there is none.</param>
/// <param name="LastChange">The number of the change that made it so; 0 when there is none.</param>
public readonly record struct RevocationResult(Guid OperationId, RevocationOutcome Outcome, StatusChange? State, ulong LastChange)
{
    /// <summary>The operation had been done before, under the same id: this is what became of it then.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>Whether it changed the certificate, now or before.</summary>
    public bool IsChange => Outcome is RevocationOutcome.Issued or RevocationOutcome.Revoked or RevocationOutcome.Held or RevocationOutcome.Released;
}
