using System.Data.Common;
using System.Globalization;
using System.Numerics;
using PkiCore.Galera.Writing;

namespace PkiCore.Galera.Crls;

/// <summary>The rows of publications: crl_publication and crl_file.</summary>
internal static class PublicationRows
{
    private const int RowsPerInsert = 250;

    private const string FindLast = "SELECT sequence, epoch, published_at FROM crl_publication WHERE issuer_id = ? ORDER BY sequence DESC LIMIT 1";
    private const string ReadFiles =
        "SELECT name, CAST(number AS CHAR), is_delta, this_update, next_update, size, sha256, location FROM crl_file WHERE issuer_id = ? AND sequence = ? ORDER BY name";
    private const string Add = "INSERT INTO crl_publication (issuer_id, sequence, epoch, published_at) VALUES (?, ?, ?, ?)";

    /// <summary>The statements of a transaction that adds a publication.</summary>
    public static IEnumerable<string> Adding(int files) =>
        [FindLast, ReadFiles, Add, .. new[] { RowsPerInsert, files % RowsPerInsert }.Where(count => count > 0 && count <= files).Select(AddFiles)];

    /// <summary>The last publication of a CA; <see langword="null"/> before the first.</summary>
    public static async Task<PublicationKey?> FindLastAsync(IRowReader rows, uint issuerId) =>
        (await rows.ReadAsync(FindLast, row => new PublicationKey(row.GetFieldValue<ulong>(0), row.GetFieldValue<ulong>(1), Time.FromColumn(row.GetDateTime(2))), issuerId).ConfigureAwait(false)).FirstOrDefault();

    public static Task<List<CrlManifestFile>> ReadFilesAsync(IRowReader rows, uint issuerId, ulong sequence) => rows.ReadAsync(ReadFiles, ReadFile, issuerId, sequence);

    public static async Task AddAsync(CrlTransaction transaction, PublicationKey key, IReadOnlyList<CrlManifestFile> files)
    {
        await transaction.ExecuteAsync(Add, transaction.IssuerId, key.Sequence, key.Epoch, Time.ToColumn(key.PublishedAt)).ConfigureAwait(false);
        foreach (CrlManifestFile[] part in files.Chunk(RowsPerInsert))
        {
            object?[] values = [.. part.SelectMany(file => (object?[])
            [
                transaction.IssuerId, key.Sequence, file.Name, file.Number.ToString(CultureInfo.InvariantCulture), (byte)(file.IsDelta ? 1 : 0),
                Time.ToColumn(file.ThisUpdate), Time.ToColumn(file.NextUpdate), (ulong)file.Size, file.Sha256.ToArray(), file.Location,
            ])];
            await transaction.ExecuteAsync(AddFiles(part.Length), values).ConfigureAwait(false);
        }
    }

    private static string AddFiles(int count) =>
        "INSERT INTO crl_file (issuer_id, sequence, name, number, is_delta, this_update, next_update, size, sha256, location) VALUES "
        + SqlCommands.Repeat("(?,?,?,CAST(? AS DECIMAL(49,0)),?,?,?,?,?,?)", count);

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
