using System.Security.Cryptography.X509Certificates;

namespace PkiCore.Galera.Writing;

/// <summary>Whether an operation can be written at all: what the database would refuse is refused before it spoils the transaction of others.</summary>
internal static class OperationCheck
{
    private static readonly DateTimeOffset s_earliest = new(1000, 1, 1, 0, 0, 0, TimeSpan.Zero); // of DATETIME

    /// <exception cref="ArgumentException">It cannot; the message says why.</exception>
    public static void Check(RevocationOperation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        if (FindFault(operation) is { } fault)
        {
            throw new ArgumentException(fault, nameof(operation));
        }
    }

    /// <summary>Why it cannot be written, as a sentence; <see langword="null"/> when it can.</summary>
    public static string? FindFault(RevocationOperation operation)
    {
        string? found = null;
        Check(operation.Serial.Length > 0, "has no serial number");
        Check(SerialColumn.TryWrite(operation.Serial) is not null, "is of a negative serial number, which RFC 5280 4.1.2.2 forbids");
        Check(operation.OperationId != Guid.Empty, "has no operation id");
        Check(operation.CrlShard is null or >= 0, "is of a negative CRL shard");
        Check(operation.NotAfter >= s_earliest, "ends before the year 1000");
        Check(operation.RevocationTime is null || operation.RevocationTime >= s_earliest, "is of a time before the year 1000");
        Check(operation.InvalidityDate is null || operation.InvalidityDate >= s_earliest, "has an invalidity date before the year 1000");
        Check(operation.Actor is null or { Length: > 0 and <= RevocationStoreOptions.MaxNameLength }, "has an actor of no characters, or more than the column has room for");
        Check(HasReason(operation), "cannot have that reason");
        return found is null ? null : $"The operation {operation.Kind} of {operation.Serial} {found}.";

        void Check(bool isTrue, string fault) => found ??= isTrue ? null : fault;
    }

    /// <summary>The reasons of RFC 5280 5.3.1; removeFromCRL is for delta CRLs alone, and 7 is not used.</summary>
    private static bool HasReason(RevocationOperation operation) =>
        Enum.IsDefined(operation.Reason)
        && operation.Reason != X509RevocationReason.RemoveFromCrl
        && (operation.Kind != RevocationOperationKind.Revoke || operation.Reason != X509RevocationReason.CertificateHold);
}
