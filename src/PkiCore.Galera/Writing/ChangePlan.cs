using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Galera.Writing;

/// <summary>What a transaction is to write, and what its operations come to if it is committed. Pure.</summary>
internal sealed class ChangePlan
{
    private readonly Dictionary<SerialNumber, KnownCertificate> _certificates;
    private readonly Dictionary<Guid, RevocationResult> _made = [];
    private readonly List<PlannedChange> _changes = [];
    private readonly RevocationResult[] _results;

    private ChangePlan(ChainEnd head, int count, Dictionary<SerialNumber, KnownCertificate> certificates)
    {
        (Head, _certificates, _results) = (head, certificates, new RevocationResult[count]);
    }

    /// <summary>The head of the history once the changes are written.</summary>
    public ChainEnd Head { get; private set; }

    /// <summary>The changes by their numbers, without a gap.</summary>
    public IReadOnlyList<PlannedChange> Changes => _changes;

    /// <summary>What becomes of the operations, in their order.</summary>
    public IReadOnlyList<RevocationResult> Results => _results;

    /// <summary>Some outcomes rest on nothing but what this node knows now: without a change that is certified, it has to be asked whether that is the newest.</summary>
    public bool RestsOnReading { get; private set; }

    /// <summary>Decides operations one after another.</summary>
    /// <param name="head">The head of the history before.</param>
    /// <param name="operations">The operations, and when their callers made them.</param>
    /// <param name="known">Those of them that are in the log of changes.</param>
    /// <param name="certificates">Their certificates; changed.</param>
    public static ChangePlan Create(
        ChainEnd head,
        IReadOnlyList<RequestedOperation> operations,
        IReadOnlyDictionary<Guid, StoredOperation> known,
        Dictionary<SerialNumber, KnownCertificate> certificates)
    {
        var plan = new ChangePlan(head, operations.Count, certificates);
        for (int i = 0; i < operations.Count; i++)
        {
            RevocationOperation operation = operations[i].Operation;
            plan._results[i] = known.TryGetValue(operation.OperationId, out StoredOperation stored) ? Repeat(operation, stored)
                : plan._made.TryGetValue(operation.OperationId, out RevocationResult made) ? Repeat(operation, made)
                : plan.Decide(operations[i]);
        }

        return plan;
    }

    private RevocationResult Decide(RequestedOperation requested)
    {
        RevocationOperation operation = requested.Operation;
        KnownCertificate? current = _certificates.TryGetValue(operation.Serial, out KnownCertificate known) ? known : null;
        var decision = Decision.Make(operation, current, requested.Now);
        if (decision.NewState is not { } state)
        {
            RestsOnReading = true;
            return new RevocationResult(operation.OperationId, decision.Outcome, current?.State, current?.LastChange ?? 0);
        }

        var record = new ChangeRecord(Head.LastChange + 1, operation.OperationId, state);
        Head = Head with { LastChange = record.Number, LastDigest = Head.LastDigest.Next(record) };
        _changes.Add(new PlannedChange(record, Head.LastDigest, current?.State.Status, operation.Actor));
        _certificates[operation.Serial] = new KnownCertificate(state, record.Number);
        var result = new RevocationResult(operation.OperationId, decision.Outcome, state, record.Number);
        _made.Add(operation.OperationId, result);
        return result;
    }

    private static RevocationResult Repeat(RevocationOperation operation, RevocationResult made) => made.State is { } state && state.Serial == operation.Serial && CanCome(operation.Kind, made.Outcome)
        ? made with { IsRepeated = true }
        : new RevocationResult(operation.OperationId, RevocationOutcome.OperationIdInUse, null, 0);

    private static RevocationResult Repeat(RevocationOperation operation, StoredOperation stored) => stored.IsOfThisIssuer && stored.Change.State.Serial == operation.Serial && CanCome(operation.Kind, stored.Outcome)
        ? new RevocationResult(operation.OperationId, stored.Outcome, stored.Change.State, stored.Change.Number) { IsRepeated = true }
        : new RevocationResult(operation.OperationId, RevocationOutcome.OperationIdInUse, null, 0);

    /// <summary>Whether an operation of that kind can have made such a change. A hold is never taken for a revocation because it has the same id.</summary>
    private static bool CanCome(RevocationOperationKind kind, RevocationOutcome outcome) => kind switch
    {
        RevocationOperationKind.Issue => outcome == RevocationOutcome.Issued,
        RevocationOperationKind.Revoke => outcome == RevocationOutcome.Revoked,
        RevocationOperationKind.Hold => outcome == RevocationOutcome.Held,
        RevocationOperationKind.Release => outcome == RevocationOutcome.Released,
        _ => outcome is RevocationOutcome.Issued or RevocationOutcome.Revoked or RevocationOutcome.Held,
    };
}

/// <summary>An operation on its way.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Now">When its caller made it: tried again later, it is of that time still.</param>
internal readonly record struct RequestedOperation(RevocationOperation Operation, DateTimeOffset Now);

/// <summary>A row of history.</summary>
/// <param name="LastChange">The number of the last change.</param>
/// <param name="LastDigest">Its digest.</param>
internal readonly record struct ChainEnd(ulong LastChange, ChangeDigest LastDigest);

/// <summary>A row of status_change that is to be written.</summary>
/// <param name="Record">What its digest is of.</param>
/// <param name="Digest">Its digest.</param>
/// <param name="Before">The certificate before; <see langword="null"/> when there was none.</param>
/// <param name="Actor">Who wanted it; <see langword="null"/> for the usual one.</param>
internal readonly record struct PlannedChange(ChangeRecord Record, ChangeDigest Digest, CertificateStatus? Before, string? Actor);

/// <summary>A row of status_change that is there.</summary>
/// <param name="Change">What its digest is of.</param>
/// <param name="IsOfThisIssuer">Whether it is in the history of the CA that is written to.</param>
/// <param name="WasKnown">Whether the certificate was there before.</param>
internal readonly record struct StoredOperation(ChangeRecord Change, bool IsOfThisIssuer, bool WasKnown)
{
    /// <summary>What became of it.</summary>
    public RevocationOutcome Outcome => !WasKnown ? RevocationOutcome.Issued
        : Change.State.Status.IsOnHold ? RevocationOutcome.Held
        : Change.State.Status.IsRevoked ? RevocationOutcome.Revoked
        : RevocationOutcome.Released;
}
