using System.Security.Cryptography.X509Certificates;
using PkiCore.Status;
using PkiCore.X509;

namespace PkiCore.Galera;

/// <summary>What an operation does.</summary>
public enum RevocationOperationKind
{
    /// <summary>Adds a certificate as good.</summary>
    Issue,

    /// <summary>Takes over what another source says of a certificate: adds it if it is missing, revokes it or puts it on hold if it is good. It never makes a revoked one good.</summary>
    Import,

    /// <summary>Revokes for good, also a certificate that is on hold.</summary>
    Revoke,

    /// <summary>Puts on hold.</summary>
    Hold,

    /// <summary>Ends a hold.</summary>
    Release,
}

/// <summary>One change of one certificate. Immutable; made by the methods named after the kinds.</summary>
public sealed record RevocationOperation
{
    private RevocationOperation(RevocationOperationKind kind, SerialNumber serial)
    {
        Kind = kind;
        Serial = serial;
    }

    /// <summary>Names the operation: sent again with the same one it is the same operation, and is not done twice as long as its change is kept.</summary>
    public Guid OperationId { get; init; } = Guid.NewGuid();

    /// <summary>What it does.</summary>
    public RevocationOperationKind Kind { get; }

    /// <summary>The certificate; not negative.</summary>
    public SerialNumber Serial { get; }

    /// <summary>Issue and import: the end of its validity; <see cref="DateTimeOffset.MaxValue"/> where nobody knows it.</summary>
    public DateTimeOffset NotAfter { get; private init; } = DateTimeOffset.MaxValue;

    /// <summary>Issue and import: the CRL shard that its distribution point names.</summary>
    public int? CrlShard { get; init; }

    /// <summary>Issue and import: whether it is a CA's certificate; <see langword="null"/> where nobody knows.</summary>
    public bool? IsCA { get; init; }

    /// <summary>Why it is revoked.</summary>
    public X509RevocationReason Reason { get; private init; }

    /// <summary>Since when it is revoked or on hold; <see langword="null"/>: since now.</summary>
    public DateTimeOffset? RevocationTime { get; init; }

    /// <summary>Since when the key is suspected (RFC 5280 5.3.2).</summary>
    public DateTimeOffset? InvalidityDate { get; init; }

    /// <summary>The number of the change that the caller believes to be the certificate's last, 0 for none; with another one nothing is changed.</summary>
    public ulong? ExpectedLastChange { get; init; }

    /// <summary>Who wants it, for the log of changes; <see langword="null"/>: who is named in <see cref="RevocationStoreOptions.Actor"/>.</summary>
    public string? Actor { get; init; }

    /// <summary>Whether an import is of a revocation.</summary>
    internal bool IsImportOfRevocation { get; private init; }

    /// <summary>Adds a certificate as good.</summary>
    public static RevocationOperation Issue(SerialNumber serial, DateTimeOffset notAfter) => new(RevocationOperationKind.Issue, serial) { NotAfter = notAfter };

    /// <summary>Takes over what another source says.</summary>
    public static RevocationOperation Import(StatusChange state) => new(RevocationOperationKind.Import, state.Serial)
    {
        NotAfter = state.NotAfter,
        CrlShard = state.CrlShard,
        IsCA = state.IsCA,
        IsImportOfRevocation = state.Status.IsRevoked,
        Reason = state.Status.Reason,
        RevocationTime = state.Status.RevocationTime,
        InvalidityDate = state.Status.InvalidityDate,
    };

    /// <summary>Revokes for good.</summary>
    /// <param name="serial">The certificate.</param>
    /// <param name="reason">Why: any reason of RFC 5280 5.3.1 but certificateHold and removeFromCRL.</param>
    public static RevocationOperation Revoke(SerialNumber serial, X509RevocationReason reason = X509RevocationReason.Unspecified) =>
        new(RevocationOperationKind.Revoke, serial) { Reason = reason };

    /// <summary>Puts on hold.</summary>
    public static RevocationOperation Hold(SerialNumber serial) => new(RevocationOperationKind.Hold, serial) { Reason = X509RevocationReason.CertificateHold };

    /// <summary>Ends a hold.</summary>
    public static RevocationOperation Release(SerialNumber serial) => new(RevocationOperationKind.Release, serial);
}
