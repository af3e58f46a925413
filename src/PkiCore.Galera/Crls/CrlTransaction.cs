using System.Data.Common;

namespace PkiCore.Galera.Crls;

/// <summary>A transaction about the CRLs of one CA. For one thread.</summary>
internal sealed class CrlTransaction : PreparedTransaction
{
    private CrlTransaction(uint issuerId, CancellationToken cancellationToken)
        : base(cancellationToken) => IssuerId = issuerId;

    /// <summary>The CA.</summary>
    public uint IssuerId { get; }

    /// <param name="connection">Where.</param>
    /// <param name="issuerId">The CA.</param>
    /// <param name="statements">All that may be carried out.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<CrlTransaction> BeginAsync(DbConnection connection, uint issuerId, IEnumerable<string> statements, CancellationToken cancellationToken)
    {
        var transaction = new CrlTransaction(issuerId, cancellationToken);
        await transaction.PrepareAndBeginAsync(connection, statements).ConfigureAwait(false);
        return transaction;
    }

    /// <summary>
    /// Makes sure that a lease is held when this transaction is committed, and not only now: the row is changed, so that of a takeover and this transaction one alone
    /// can be committed, on whatever nodes they are.
    /// </summary>
    /// <exception cref="InvalidDataException">The lease is another's.</exception>
    public async Task RequireAsync(LeaseTerm term)
    {
        if (!await LeaseRow.RaiseBeatAsync(this, term).ConfigureAwait(false))
        {
            throw new InvalidDataException($"the lease of epoch {term.Epoch} was lost to another publisher");
        }
    }
}
