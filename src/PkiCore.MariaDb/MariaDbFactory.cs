using System.Data.Common;

namespace PkiCore.MariaDb;

/// <summary>Makes what ADO.NET works with.</summary>
public sealed class MariaDbFactory : DbProviderFactory
{
    /// <summary>The one there is.</summary>
    public static readonly MariaDbFactory Instance = new();

    private MariaDbFactory()
    {
    }

    /// <inheritdoc />
    public override DbCommand CreateCommand() => new MariaDbCommand();

    /// <inheritdoc />
    public override DbParameter CreateParameter() => new MariaDbParameter();

    /// <inheritdoc />
    public override DbConnectionStringBuilder CreateConnectionStringBuilder() => new MariaDbConnectionStringBuilder();

    /// <inheritdoc />
    public override DbDataSource CreateDataSource(string connectionString) => new MariaDbDataSource(connectionString);

    /// <summary>Not supported: a connection comes from a data source, which has the pool.</summary>
    /// <returns>Nothing.</returns>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override DbConnection CreateConnection() => throw new NotSupportedException("Connections come from a data source: CreateDataSource(connectionString).");
}
