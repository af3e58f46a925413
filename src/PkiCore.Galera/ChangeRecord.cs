using PkiCore.Status;

namespace PkiCore.Galera;

/// <summary>A row of status_change, as far as its digest goes.</summary>
/// <param name="Number">Its place in the history of the CA.</param>
/// <param name="OperationId">What its caller named it.</param>
/// <param name="State">The certificate from then on.</param>
internal readonly record struct ChangeRecord(ulong Number, Guid OperationId, StatusChange State);
