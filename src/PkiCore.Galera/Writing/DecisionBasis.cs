using PkiCore.X509;

namespace PkiCore.Galera.Writing;

/// <summary>What operations are decided on. It is read without a lock: whoever writes what follows from it makes sure that the head is still the same.</summary>
/// <param name="IssuerId">The number of the CA.</param>
/// <param name="Head">The head of its history.</param>
/// <param name="Known">Operations that were done before.</param>
/// <param name="Certificates">The certificates.</param>
internal sealed record DecisionBasis(uint IssuerId, ChainEnd Head, Dictionary<Guid, StoredOperation> Known, Dictionary<SerialNumber, KnownCertificate> Certificates)
{
    /// <summary>Below the number of values from which on the server makes a join of an IN list.</summary>
    private const int ValuesPerRead = 500;

    // By its hashes each time: in a database that was restored the number may be another CA's.
    private const string HeadOfIssuer =
        "SELECT issuer_id, last_change, last_digest FROM issuer JOIN history ON history.issuer_id = issuer.id WHERE name_hash = ? AND key_hash = ?";

    /// <returns>What is there; <see langword="null"/> when the CA is not.</returns>
    public static async Task<DecisionBasis?> ReadAsync(SqlSession session, Issuer issuer, IReadOnlyList<RequestedOperation> operations, CancellationToken cancellationToken)
    {
        (uint Id, ChainEnd Head)? found = null;
        await session.ReadAsync(
            HeadOfIssuer,
            [issuer.GetNameHash(CertIdHash.Sha256).ToArray(), issuer.GetKeyHash(CertIdHash.Sha256).ToArray()],
            row => found = (row.GetFieldValue<uint>(0), new ChainEnd(row.GetFieldValue<ulong>(1), ChangeDigest.From(row.GetFieldValue<byte[]>(2)))),
            cancellationToken).ConfigureAwait(false);
        if (found is not var (issuerId, head))
        {
            return null;
        }

        // Certificates before operations: who finds the effect of an operation that is committed meanwhile also finds the operation.
        var columns = new StatusColumns();
        Dictionary<SerialNumber, KnownCertificate> certificates = await ReadCertificatesAsync(session, columns, issuerId, operations, cancellationToken).ConfigureAwait(false);
        Dictionary<Guid, StoredOperation> known = await ReadKnownAsync(session, columns, issuerId, operations, cancellationToken).ConfigureAwait(false);
        return new DecisionBasis(issuerId, head, known, certificates);
    }

    private static async Task<Dictionary<SerialNumber, KnownCertificate>> ReadCertificatesAsync(
        SqlSession session, StatusColumns columns, uint issuerId, IReadOnlyList<RequestedOperation> operations, CancellationToken cancellationToken)
    {
        var certificates = new Dictionary<SerialNumber, KnownCertificate>();
        foreach (SerialNumber[] part in operations.Select(requested => requested.Operation.Serial).Distinct().Chunk(ValuesPerRead))
        {
            string text = $"SELECT {StatusColumns.List}, last_change FROM certificate WHERE issuer_id = {SqlCommands.Text(issuerId)} AND serial IN ({SqlCommands.Repeat("?", part.Length)})";
            await session.ReadAsync(text, [.. part.Select(SerialColumn.TryWrite)], row =>
            {
                Status.StatusChange state = columns.Read(row);
                certificates.Add(state.Serial, new KnownCertificate(state, row.GetFieldValue<ulong>(StatusColumns.Count)));
            }, cancellationToken).ConfigureAwait(false);
        }

        return certificates;
    }

    private static async Task<Dictionary<Guid, StoredOperation>> ReadKnownAsync(
        SqlSession session, StatusColumns columns, uint issuerId, IReadOnlyList<RequestedOperation> operations, CancellationToken cancellationToken)
    {
        var known = new Dictionary<Guid, StoredOperation>();
        foreach (Guid[] part in operations.Select(requested => requested.Operation.OperationId).Distinct().Chunk(ValuesPerRead))
        {
            string text = $"SELECT issuer_id, operation_id, number, old_status, {StatusColumns.List} FROM status_change WHERE operation_id IN ({SqlCommands.Repeat("?", part.Length)})";
            await session.ReadAsync(text, [.. part.Select(id => id.ToByteArray(bigEndian: true))], row =>
            {
                var id = new Guid(row.GetFieldValue<byte[]>(1), bigEndian: true);
                known.Add(id, new StoredOperation(new ChangeRecord(row.GetFieldValue<ulong>(2), id, columns.Read(row, 4)), row.GetFieldValue<uint>(0) == issuerId, !row.IsDBNull(3)));
            }, cancellationToken).ConfigureAwait(false);
        }

        return known;
    }
}
