using System.Globalization;
using PkiCore.Galera;
using PkiCore.Status;

namespace PkiCore.Responder.Commands;

/// <summary>What became of operations, for people.</summary>
internal static class OutcomeText
{
    public static string Describe(RevocationOutcome outcome) => outcome switch
    {
        RevocationOutcome.Issued => "added",
        RevocationOutcome.AlreadyIssued => "already there",
        RevocationOutcome.Revoked => "revoked",
        RevocationOutcome.AlreadyRevoked => "already revoked",
        RevocationOutcome.Held => "put on hold",
        RevocationOutcome.AlreadyOnHold => "already on hold",
        RevocationOutcome.Released => "released",
        RevocationOutcome.NotOnHold => "not on hold",
        RevocationOutcome.NotFound => "not found",
        RevocationOutcome.Conflict => "changed meanwhile",
        _ => "not changed: the operation id belongs to another operation",
    };

    /// <summary>Such as <c>revoked since 2026-05-01 12:00:00Z, keyCompromise</c>.</summary>
    public static string Describe(CertificateStatus status) => !status.IsRevoked ? "good" : string.Create(
        CultureInfo.InvariantCulture,
        $"{(status.IsOnHold ? "on hold" : "revoked")} since {status.RevocationTime:u}, {status.Reason}{(status.InvalidityDate is { } date ? $", suspected since {date:u}" : "")}");
}
