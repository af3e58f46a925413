using System.Data.Common;
using PkiCore.MariaDb.Sessions;

namespace PkiCore.MariaDb;

/// <summary>One MariaDB server, with a pool of connections to it.</summary>
/// <remarks>
/// Over TCP the server is always verified: its certificate must come from <see cref="MariaDbConnectionStringBuilder.CaFile"/> and
/// name the host. The session's time zone is UTC and its character set utf8mb4. Affected rows are rows found, as with other
/// ADO.NET providers for MariaDB, so that an update that changes nothing still says that its row is there.
/// </remarks>
public sealed class MariaDbDataSource : DbDataSource
{
    private readonly SessionPool _pool;

    /// <summary>Makes a data source; nothing is opened yet.</summary>
    /// <param name="connectionString">See <see cref="MariaDbConnectionStringBuilder"/>.</param>
    /// <exception cref="ArgumentException">It is not usable; the message says why.</exception>
    public MariaDbDataSource(string connectionString)
        : this(new MariaDbConnectionStringBuilder(connectionString), TimeProvider.System)
    {
    }

    /// <inheritdoc cref="MariaDbDataSource(string)" />
    /// <param name="connectionString">The keys and values.</param>
    /// <param name="timeProvider">For deadlines.</param>
    public MariaDbDataSource(MariaDbConnectionStringBuilder connectionString, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        ArgumentNullException.ThrowIfNull(timeProvider);
        _pool = new SessionPool(connectionString.ToSettings(), timeProvider);
        ConnectionString = connectionString.WithoutPassword();
    }

    /// <summary>The connection string without the password.</summary>
    public override string ConnectionString { get; }

    /// <summary>Connections that are closed or given up, but whose threads have not come back from their last native call.</summary>
    public int AbandonedConnections => _pool.EndingCount;

    internal int IdleConnections => _pool.IdleCount;

    /// <summary>Makes a connection of this source; it is not open yet.</summary>
    /// <returns>The connection.</returns>
    public new MariaDbConnection CreateConnection() => new(_pool, ConnectionString);

    /// <inheritdoc />
    protected override DbConnection CreateDbConnection() => CreateConnection();

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pool.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        base.Dispose(disposing);
    }

    /// <inheritdoc />
    protected override async ValueTask DisposeAsyncCore()
    {
        await _pool.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsyncCore().ConfigureAwait(false);
    }
}
