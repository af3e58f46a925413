using System.Data.Common;
using PkiCore.Galera.Writing;

namespace PkiCore.Galera.Crls;

/// <summary>The row of a CA in lease.</summary>
/// <param name="Holder">Who holds it; empty when nobody does.</param>
/// <param name="Epoch">The number of the last takeover.</param>
/// <param name="Beat">Raised by the holder, and by whatever it writes under the lease.</param>
internal sealed record LeaseRow(string Holder, ulong Epoch, ulong Beat)
{
    public const string TakeOver = "UPDATE lease SET holder = ?, epoch = epoch + 1, beat = beat + 1 WHERE issuer_id = ? AND holder = ? AND epoch = ? AND beat = ?";
    public const string RaiseBeat = "UPDATE lease SET beat = beat + 1 WHERE issuer_id = ? AND holder = ? AND epoch = ?";
    public const string Release = "UPDATE lease SET holder = '', beat = beat + 1 WHERE issuer_id = ? AND holder = ? AND epoch = ?";

    /// <summary>As this node knows it; who acts on it compares it again.</summary>
    public static async Task<LeaseRow> ReadAsync(DbConnection connection, uint issuerId, CancellationToken cancellationToken)
    {
        LeaseRow? row = await FindAsync(connection, issuerId, cancellationToken).ConfigureAwait(false);
        if (row is not null)
        {
            return row;
        }

        // Of two at the same time one fails with 1062 or 1213, and finds the row when it tries again.
        await SqlCommands.ExecuteAsync(SqlCommands.Create(connection, transaction: null, "INSERT INTO lease (issuer_id, holder, epoch, beat) VALUES (?, '', 0, 0)", issuerId), cancellationToken).ConfigureAwait(false);
        return new LeaseRow("", 0, 0);
    }

    /// <summary>Takes the lease over from what the row said.</summary>
    /// <returns><see langword="false"/> when it says something else.</returns>
    public async Task<bool> TakeOverAsync(CrlTransaction transaction, string holder) =>
        await transaction.ExecuteAsync(TakeOver, holder, transaction.IssuerId, Holder, Epoch, Beat).ConfigureAwait(false) == 1;

    /// <summary>Shows that the holder is there.</summary>
    /// <returns><see langword="false"/> when somebody else is the holder.</returns>
    public static async Task<bool> RaiseBeatAsync(CrlTransaction transaction, LeaseTerm term) =>
        await transaction.ExecuteAsync(RaiseBeat, transaction.IssuerId, term.Holder, term.Epoch).ConfigureAwait(false) == 1;

    /// <summary>Gives the lease back, so that nobody has to wait for the time to live.</summary>
    public static async Task<bool> ReleaseAsync(CrlTransaction transaction, LeaseTerm term) =>
        await transaction.ExecuteAsync(Release, transaction.IssuerId, term.Holder, term.Epoch).ConfigureAwait(false) == 1;

    private static async Task<LeaseRow?> FindAsync(DbConnection connection, uint issuerId, CancellationToken cancellationToken)
    {
        List<LeaseRow> rows = await new RowReading(connection, cancellationToken).ReadAsync(
            "SELECT holder, epoch, beat FROM lease WHERE issuer_id = ?", row => new LeaseRow(row.GetString(0), row.GetFieldValue<ulong>(1), row.GetFieldValue<ulong>(2)), issuerId).ConfigureAwait(false);
        return rows.FirstOrDefault();
    }
}
