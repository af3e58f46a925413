using System.Data.Common;
using System.Globalization;
using PkiCore.X509;

namespace PkiCore.Galera.Writing;

/// <summary>The rows of a CA: in issuer, and the head of its history.</summary>
internal static class IssuerRows
{
    private const string InsertIssuer =
        "INSERT INTO issuer (name_hash, key_hash, name, certificate) SELECT ?, ?, ?, ? FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM issuer WHERE name_hash = ? AND key_hash = ?)";

    private const string InsertHistory =
        "INSERT INTO history (issuer_id, last_change, last_digest, first_change, first_digest) SELECT id, 0, ?, 1, ? FROM issuer WHERE name_hash = ? AND key_hash = ?";

    private const int MaxNameLength = 255;

    /// <summary>The number of a CA; <see langword="null"/> when it is not registered.</summary>
    public static async Task<uint?> FindAsync(DbConnection connection, Issuer issuer, CancellationToken cancellationToken)
    {
        DbCommand command = SqlCommands.Create(
            connection,
            transaction: null,
            "SELECT issuer.id FROM issuer JOIN history ON history.issuer_id = issuer.id WHERE name_hash = ? AND key_hash = ?",
            issuer.GetNameHash(CertIdHash.Sha256).ToArray(),
            issuer.GetKeyHash(CertIdHash.Sha256).ToArray());
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is { } id and not DBNull ? Convert.ToUInt32(id, CultureInfo.InvariantCulture) : null;
        }
    }

    /// <summary>The same; a node that does not know the CA is asked to catch up first, for another one may.</summary>
    public static async Task<uint?> FindCausallyAsync(DbConnection connection, Issuer issuer, CancellationToken cancellationToken)
    {
        if (await FindAsync(connection, issuer, cancellationToken).ConfigureAwait(false) is { } id)
        {
            return id;
        }

        await CausalWait.RunAsync(connection, cancellationToken).ConfigureAwait(false);
        return await FindAsync(connection, issuer, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Adds what is missing, in one transaction. Two at the same time: one of them fails with 1062 or 1213, and finds it when it tries again.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="issuer">The CA.</param>
    /// <param name="firstDigest">What the digests of its history begin with: random, so that no two histories are alike.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task AddAsync(DbConnection connection, Issuer issuer, byte[] firstDigest, CancellationToken cancellationToken)
    {
        PreparedTransaction transaction = await PreparedTransaction.BeginAsync(connection, [InsertIssuer, InsertHistory], cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            byte[] nameHash = issuer.GetNameHash(CertIdHash.Sha256).ToArray();
            byte[] keyHash = issuer.GetKeyHash(CertIdHash.Sha256).ToArray();
            string name = issuer.Name.Length > MaxNameLength ? issuer.Name[..MaxNameLength] : issuer.Name;
            await transaction.ExecuteAsync(InsertIssuer, nameHash, keyHash, name, issuer.Certificate.RawData, nameHash, keyHash).ConfigureAwait(false);
            await transaction.ExecuteAsync(InsertHistory, firstDigest, firstDigest, nameHash, keyHash).ConfigureAwait(false);
            await transaction.CommitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Notes when an operator accepted a history; later than any time before, whatever this clock says.</summary>
    /// <returns>The number of its last change.</returns>
    public static async Task<ulong> AcceptHistoryAsync(DbConnection connection, Issuer issuer, DateTimeOffset now, CancellationToken cancellationToken)
    {
        uint id = await FindCausallyAsync(connection, issuer, cancellationToken).ConfigureAwait(false) ?? throw NotRegistered(issuer);
        await SqlCommands.ExecuteAsync(
            SqlCommands.Create(
                connection,
                transaction: null,
                "UPDATE history SET accepted_at = GREATEST(?, COALESCE(accepted_at + INTERVAL 1 MICROSECOND, ?)) WHERE issuer_id = ?",
                Time.ToColumn(now),
                Time.ToColumn(now),
                id),
            cancellationToken).ConfigureAwait(false);
        return await ReadLastChangeAsync(connection, issuer, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The number of the last change in a history.</summary>
    public static async Task<ulong> ReadLastChangeAsync(DbConnection connection, Issuer issuer, CancellationToken cancellationToken)
    {
        uint id = await FindCausallyAsync(connection, issuer, cancellationToken).ConfigureAwait(false) ?? throw NotRegistered(issuer);
        DbCommand read = SqlCommands.Create(connection, transaction: null, "SELECT last_change FROM history WHERE issuer_id = ?", id);
        await using (read.ConfigureAwait(false))
        {
            return Convert.ToUInt64(await read.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
        }
    }

    private static RevocationStoreException NotRegistered(Issuer issuer) => new($"'{issuer.Name}' is not registered in the database");
}
