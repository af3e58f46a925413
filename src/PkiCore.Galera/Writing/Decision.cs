using System.Security.Cryptography.X509Certificates;
using PkiCore.Status;

namespace PkiCore.Galera.Writing;

/// <summary>What an operation makes of a certificate. Pure: the same arguments, the same decision.</summary>
/// <param name="Outcome">What becomes of the operation.</param>
/// <param name="NewState">The certificate from now on; <see langword="null"/> when nothing changes.</param>
internal readonly record struct Decision(RevocationOutcome Outcome, StatusChange? NewState)
{
    /// <param name="operation">The operation.</param>
    /// <param name="current">The certificate as it is; <see langword="null"/> when there is none.</param>
    /// <param name="now">The time of a revocation that has none of its own.</param>
    public static Decision Make(RevocationOperation operation, KnownCertificate? current, DateTimeOffset now)
    {
        if (operation.ExpectedLastChange is { } expected && expected != (current?.LastChange ?? 0))
        {
            return Unchanged(RevocationOutcome.Conflict);
        }

        bool adds = operation.Kind is RevocationOperationKind.Issue or RevocationOperationKind.Import;
        if (current is not { State: var state })
        {
            return adds ? new Decision(RevocationOutcome.Issued, FirstState(operation, now)) : Unchanged(RevocationOutcome.NotFound);
        }

        return operation.Kind switch
        {
            RevocationOperationKind.Issue => Unchanged(RevocationOutcome.AlreadyIssued),
            RevocationOperationKind.Import when !operation.IsImportOfRevocation => Unchanged(RevocationOutcome.AlreadyIssued),
            RevocationOperationKind.Release => Release(state),
            _ when operation.Reason == X509RevocationReason.CertificateHold => Hold(operation, state, now),
            _ => Revoke(operation, state, now),
        };
    }

    private static Decision Unchanged(RevocationOutcome outcome) => new(outcome, null);

    private static StatusChange FirstState(RevocationOperation operation, DateTimeOffset now)
    {
        CertificateStatus status = operation.IsImportOfRevocation ? StatusOf(operation, now) : CertificateStatus.Good;
        // Microseconds, as the columns have: the digest is of what is read back.
        DateTimeOffset notAfter = operation.NotAfter == DateTimeOffset.MaxValue ? operation.NotAfter : Time.ToMicroseconds(operation.NotAfter);
        return new StatusChange(operation.Serial, status, notAfter) { CrlShard = operation.CrlShard, IsCA = operation.IsCA };
    }

    private static CertificateStatus StatusOf(RevocationOperation operation, DateTimeOffset now) =>
        new(Time.ToMicroseconds(operation.RevocationTime ?? now), operation.Reason, Cut(operation.InvalidityDate));

    private static Decision Release(StatusChange state) => state.Status.IsOnHold
        ? new Decision(RevocationOutcome.Released, state with { Status = CertificateStatus.Good })
        : Unchanged(RevocationOutcome.NotOnHold);

    private static Decision Hold(RevocationOperation operation, StatusChange state, DateTimeOffset now) =>
        state.Status.IsOnHold ? Unchanged(RevocationOutcome.AlreadyOnHold)
        : state.Status.IsRevoked ? Unchanged(RevocationOutcome.AlreadyRevoked)
        : new Decision(RevocationOutcome.Held, state with { Status = StatusOf(operation, now) });

    private static Decision Revoke(RevocationOperation operation, StatusChange state, DateTimeOffset now)
    {
        if (!state.Status.IsRevoked || state.Status.IsOnHold)
        {
            return new Decision(RevocationOutcome.Revoked, state with { Status = StatusOf(operation, now) });
        }

        // Revoked for good stays so. That the key is known to be compromised may become clear later only (BR 7.2.2), and may reach back, never forward.
        return operation.Reason == X509RevocationReason.KeyCompromise && state.Status.Reason != X509RevocationReason.KeyCompromise
            ? new Decision(RevocationOutcome.Revoked, state with { Status = Compromised(operation, state.Status) })
            : Unchanged(RevocationOutcome.AlreadyRevoked);
    }

    private static CertificateStatus Compromised(RevocationOperation operation, CertificateStatus before)
    {
        DateTimeOffset? time = operation.RevocationTime < before.RevocationTime ? Cut(operation.RevocationTime) : before.RevocationTime;
        return new CertificateStatus(time, X509RevocationReason.KeyCompromise, Cut(operation.InvalidityDate) ?? before.InvalidityDate);
    }

    private static DateTimeOffset? Cut(DateTimeOffset? time) => time is { } value ? Time.ToMicroseconds(value) : null;
}

/// <summary>A row of certificate.</summary>
/// <param name="State">The certificate.</param>
/// <param name="LastChange">The number of the change that made it so.</param>
internal readonly record struct KnownCertificate(StatusChange State, ulong LastChange);
