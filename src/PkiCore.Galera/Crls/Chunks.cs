using System.Data.Common;
using System.Globalization;
using PkiCore.Galera.Cluster;
using PkiCore.Galera.Writing;

namespace PkiCore.Galera.Crls;

/// <summary>Contents in the database, in parts.</summary>
internal static class Chunks
{
    /// <summary>The size of all parts but the last one.</summary>
    public const int Size = 1 << 20;

    public const string List = "SELECT part FROM crl_chunk WHERE issuer_id = ? AND sha256 = ?";

    private const int DuplicateKey = 1062;

    /// <summary>Above it the cluster is given time: the queue at which it stops all writers begins at 16.</summary>
    private const long MaxReceiveQueue = 8;

    private const double MaxPaused = 0.05;

    public static int CountOf(long size) => checked((int)((size + Size - 1) / Size));

    /// <summary>How long a part is.</summary>
    public static int LengthOf(long size, int part) => (int)Math.Min(Size, size - ((long)part * Size));

    /// <summary>Which parts are there.</summary>
    public static async Task<HashSet<int>> ListAsync(IRowReader rows, uint issuerId, ChangeDigest hash) =>
        [.. await rows.ReadAsync(List, row => Convert.ToInt32(row.GetValue(0), CultureInfo.InvariantCulture), issuerId, hash.ToArray()).ConfigureAwait(false)];

    /// <summary>Adds a part; one that is there already stays.</summary>
    public static async Task<bool> AddAsync(DbConnection connection, uint issuerId, ChangeDigest hash, int part, byte[] data, CancellationToken cancellationToken)
    {
        try
        {
            await SqlCommands.ExecuteAsync(
                SqlCommands.Create(connection, transaction: null, "INSERT INTO crl_chunk (issuer_id, sha256, part, data) VALUES (?, ?, ?, ?)", issuerId, hash.ToArray(), part, data), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (DbException e) when (ServerError.Number(e) == DuplicateKey)
        {
            return false;
        }
    }

    /// <summary>Reads a part; <see langword="null"/> when it is not there.</summary>
    public static async Task<byte[]?> ReadAsync(DbConnection connection, uint issuerId, ChangeDigest hash, int part, CancellationToken cancellationToken)
    {
        List<byte[]> data = await new RowReading(connection, cancellationToken).ReadAsync(
            "SELECT data FROM crl_chunk WHERE issuer_id = ? AND sha256 = ? AND part = ?", row => row.GetFieldValue<byte[]>(0), issuerId, hash.ToArray(), part).ConfigureAwait(false);
        return data.FirstOrDefault();
    }

    /// <summary>Waits until no node is behind: a large CRL must not hold up those who revoke.</summary>
    /// <returns>Whether it had to wait.</returns>
    public static async Task<bool> WaitForRoomAsync(GaleraCluster cluster, CancellationToken cancellationToken)
    {
        bool hasWaited = false;
        for (ClusterView view = cluster.View; view.Nodes.Any(IsBusy); view = cluster.View)
        {
            hasWaited = true;
            await cluster.WaitForOtherViewAsync(view, cancellationToken).ConfigureAwait(false);
        }

        return hasWaited;
    }

    private static bool IsBusy(NodeView node) => node.IsHealthy && (node.ReceiveQueue > MaxReceiveQueue || node.FlowControlPaused > MaxPaused);
}
