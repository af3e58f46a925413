using System.Data.Common;
using System.Globalization;
using System.Numerics;
using PkiCore.Galera.Writing;

namespace PkiCore.Galera.Crls;

/// <summary>The rows of publications: crl_publication and crl_file.</summary>
internal static class PublicationRows
{
    private const int RowsPerInsert = 250;

    /// <summary>The last publication of a CA; <see langword="null"/> before the first.</summary>
    public static async Task<PublicationKey?> FindLastAsync(DbConnection connection, DbTransaction? transaction, uint issuerId, CancellationToken cancellationToken)
    {
        List<PublicationKey> last = await ReadAsync(
            connection, transaction, "SELECT sequence, epoch, published_at FROM crl_publication WHERE issuer_id = ? ORDER BY sequence DESC LIMIT 1",
            row => new PublicationKey(row.GetFieldValue<ulong>(0), row.GetFieldValue<ulong>(1), Time.FromColumn(row.GetDateTime(2))), [issuerId], cancellationToken).ConfigureAwait(false);
        return last.FirstOrDefault();
    }

    public static Task<List<CrlManifestFile>> ReadFilesAsync(DbConnection connection, DbTransaction? transaction, uint issuerId, ulong sequence, CancellationToken cancellationToken) =>
        ReadAsync(
            connection, transaction,
            "SELECT name, CAST(number AS CHAR), is_delta, this_update, next_update, size, sha256, location FROM crl_file WHERE issuer_id = ? AND sequence = ? ORDER BY name",
            ReadFile, [issuerId, sequence], cancellationToken);

    public static async Task AddAsync(CrlTransaction transaction, PublicationKey key, IReadOnlyList<CrlManifestFile> files)
    {
        await transaction.ExecuteAsync(
            "INSERT INTO crl_publication (issuer_id, sequence, epoch, published_at) VALUES (?, ?, ?, ?)",
            transaction.IssuerId, key.Sequence, key.Epoch, Time.ToColumn(key.PublishedAt)).ConfigureAwait(false);
        string row = $"({SqlCommands.Text(transaction.IssuerId)},{SqlCommands.Text(key.Sequence)},?,CAST(? AS DECIMAL(49,0)),?,?,?,?,?,?)";
        foreach (CrlManifestFile[] part in files.Chunk(RowsPerInsert))
        {
            object?[] values = [.. part.SelectMany(file => (object?[])
            [
                file.Name, file.Number.ToString(CultureInfo.InvariantCulture), (byte)(file.IsDelta ? 1 : 0), Time.ToColumn(file.ThisUpdate), Time.ToColumn(file.NextUpdate),
                (ulong)file.Size, file.Sha256.ToArray(), file.Location,
            ])];
            await transaction.ExecuteAsync(
                "INSERT INTO crl_file (issuer_id, sequence, name, number, is_delta, this_update, next_update, size, sha256, location) VALUES " + SqlCommands.Repeat(row, part.Length), values).ConfigureAwait(false);
        }
    }

    /// <summary>Reads to the end, for an error may stand there.</summary>
    public static async Task<List<T>> ReadAsync<T>(
        DbConnection connection, DbTransaction? transaction, string text, Func<DbDataReader, T> read, object?[] values, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        DbCommand command = SqlCommands.Create(connection, transaction, text, values);
        await using (command.ConfigureAwait(false))
        {
            DbDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    rows.Add(read(row));
                }
            }
        }

        return rows;
    }

    private static CrlManifestFile ReadFile(DbDataReader row) => new(
        row.GetString(0),
        BigInteger.Parse(row.GetString(1), NumberStyles.None, CultureInfo.InvariantCulture),
        row.GetByte(2) != 0,
        Time.FromColumn(row.GetDateTime(3)),
        Time.FromColumn(row.GetDateTime(4)),
        checked((long)row.GetFieldValue<ulong>(5)),
        ChangeDigest.From(row.GetFieldValue<byte[]>(6)),
        row.IsDBNull(7) ? null : row.GetString(7));
}
