using System.Globalization;
using System.Numerics;
using PkiCore.Crl;
using PkiCore.Galera.Crls;
using PkiCore.X509;

namespace PkiCore.Galera;

/// <summary>
/// Hands out the CRL numbers of a CA from the database: each is committed before anybody learns of it, and none is given twice, whichever node it comes from.
/// Safe for use from several threads.
/// </summary>
public sealed class GaleraCrlNumbers : ICrlNumberSource
{
    // The first of all: so the order of commits is the order of numbers. Without the cast the two would be compared as floating-point numbers.
    private const string Raise = "UPDATE crl_number SET number = GREATEST(number + 1, CAST(? AS DECIMAL(49,0))) WHERE issuer_id = ?";
    private const string Begin = "INSERT INTO crl_number (issuer_id, number) VALUES (?, CAST(? AS DECIMAL(49,0)))";
    private const string Read = "SELECT CAST(number AS CHAR) FROM crl_number WHERE issuer_id = ?";

    private static readonly TimeSpan s_defaultTimeout = TimeSpan.FromSeconds(15);

    private readonly CrlDatabase _database;
    private readonly PublisherLease? _lease;
    private readonly TimeSpan _timeout;

    /// <param name="cluster">The cluster; it has to be started.</param>
    /// <param name="issuer">The CA; it has to be registered in the database.</param>
    /// <param name="lease">When there is one, it has to be held: the transaction that gives a number proves it.</param>
    /// <param name="timeout">How long <see cref="Take"/> may wait; 15 s by default.</param>
    public GaleraCrlNumbers(GaleraCluster cluster, Issuer issuer, PublisherLease? lease = null, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(issuer);
        _database = new CrlDatabase(cluster, issuer);
        _lease = lease;
        _timeout = timeout ?? s_defaultTimeout;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(_timeout, TimeSpan.Zero, nameof(timeout));
    }

    /// <inheritdoc/>
    /// <remarks>When the outcome of a transaction is not known, another number is taken: numbers may be left out, but never come again.</remarks>
    public BigInteger Take(BigInteger atLeast)
    {
        if (BigInteger.Abs(atLeast).GetBitLength() >= 160)
        {
            throw new IOException($"A CRL number has 20 octets at most (RFC 5280 5.2.3); {atLeast} has more."); // CX-2
        }

        // The caller's thread waits; the work itself goes on on others, and ends at its deadline.
        return Task.Run(() => TakeAsync(atLeast, CancellationToken.None)).GetAwaiter().GetResult();
    }

    private async Task<BigInteger> TakeAsync(BigInteger atLeast, CancellationToken cancellationToken)
    {
        LeaseTerm? term = null;
        if (_lease is not null)
        {
            term = _lease.Term ?? throw new IOException($"No CRL number is taken: the lease is not held. {_lease.Status}.");
        }

        _database.RequireDataNodes();
        var limits = new CrlDatabaseLimits(_timeout, _timeout / 3);
        try
        {
            return await _database.ChangeAsync(limits, [Raise, Begin, Read, LeaseRow.RaiseBeat], transaction => TakeAsync(transaction, atLeast, term), cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new IOException($"No CRL number could be taken from the database: {e.Message}", e);
        }
    }

    private static async Task<(BigInteger Number, bool IsChange)> TakeAsync(CrlTransaction transaction, BigInteger atLeast, LeaseTerm? term)
    {
        string least = BigInteger.Max(atLeast, BigInteger.One).ToString(CultureInfo.InvariantCulture);
        if (await transaction.ExecuteAsync(Raise, least, transaction.IssuerId).ConfigureAwait(false) == 0)
        {
            await transaction.ExecuteAsync(Begin, transaction.IssuerId, least).ConfigureAwait(false);
        }

        List<string> number = await transaction.ReadAsync(Read, row => row.GetString(0), transaction.IssuerId).ConfigureAwait(false);
        if (term is not null)
        {
            await transaction.RequireAsync(term).ConfigureAwait(false);
        }

        return (BigInteger.Parse(number.Single(), NumberStyles.None, CultureInfo.InvariantCulture), true);
    }
}
