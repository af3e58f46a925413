using System.Data.Common;
using System.Globalization;
using PkiCore.Galera.Schema;
using PkiCore.Galera.Writing;

namespace PkiCore.Galera;

/// <summary>The tables in the database: made, brought up to date, and looked at.</summary>
public static class GaleraSchema
{
    private const int NoSuchTable = 1146;
    private const int UnknownDatabase = 1049;
    private const int NoDatabaseSelected = 1046;
    private const int TableAccessDenied = 1142;
    private const int MaxTries = 10;

    /// <summary>The version that this program is made for.</summary>
    public static int Version => Migration.All[^1].Version;

    /// <summary>The SQL of all versions, as it would be carried out on an empty database.</summary>
    public static string Script => string.Join('\n', Migration.All.Select(migration => migration.Text));

    /// <summary>The SQL that makes the users and says what each may do; to be adapted and carried out by an administrator.</summary>
    public static string UsersScript => Migration.ReadResource("users.sql");

    /// <summary>Brings the schema up to date. Carried out again, or by two at the same time, it does no harm; a newer schema stays as it is.</summary>
    /// <param name="dataSource">Leads to one node and the database, as a user that may create tables.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Gives up: what was done stays, and the rest is done the next time.</param>
    /// <returns>The versions that were applied; none when it was up to date.</returns>
    /// <exception cref="DbException">The server refused something.</exception>
    public static async Task<IReadOnlyList<int>> MigrateAsync(DbDataSource dataSource, TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        timeProvider ??= TimeProvider.System;
        DbConnection connection = await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var applied = new List<int>();
            HashSet<int> known = await ReadVersionsAsync(connection, cancellationToken).ConfigureAwait(false) ?? [];
            foreach (Migration migration in Migration.All.Where(migration => !known.Contains(migration.Version)))
            {
                foreach (string statement in SqlScript.Split(migration.Text))
                {
                    await ExecuteAsync(connection, statement, timeProvider, cancellationToken).ConfigureAwait(false);
                }

                // Last: a version that is there is there as a whole.
                await ExecuteAsync(connection, "INSERT IGNORE INTO schema_version (version, applied_at) VALUES (?, ?)", timeProvider, cancellationToken, migration.Version, Time.ToColumn(timeProvider.GetUtcNow())).ConfigureAwait(false);
                applied.Add(migration.Version);
            }

            return applied;
        }
    }

    /// <summary>What has to be done before the database can be used by this program; <see langword="null"/> when nothing has.</summary>
    /// <exception cref="DbException">It cannot be found out.</exception>
    public static async Task<string?> FindProblemAsync(DbConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        try
        {
            HashSet<int>? versions = await ReadVersionsAsync(connection, cancellationToken).ConfigureAwait(false);
            int[] missing = [.. Migration.All.Select(migration => migration.Version).Where(version => versions?.Contains(version) != true)];
            int newest = versions is { Count: > 0 } ? versions.Max() : 0;
            return newest == 0 ? "the schema is missing: run 'db migrate' as a user that may create tables"
                : newest > Version ? string.Create(CultureInfo.InvariantCulture, $"the schema has version {newest}, and this program knows {Version}: install the program that goes with it")
                : missing.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $"the schema has version {newest}, and this program needs {Version}: run 'db migrate' as a user that may change tables")
                : null;
        }
        catch (DbException e) when (ServerError.Number(e) == TableAccessDenied)
        {
            return $"the schema is missing, or this user may not see it: run 'db migrate', then apply users.sql ({e.Message})";
        }
        catch (DbException e) when (ServerError.Number(e) is UnknownDatabase or NoDatabaseSelected)
        {
            return $"there is no database: create it, then run 'db migrate' ({e.Message})";
        }
    }

    /// <summary>The versions that were applied; <see langword="null"/> when there is no schema.</summary>
    private static async Task<HashSet<int>?> ReadVersionsAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var versions = new HashSet<int>();
            DbCommand command = SqlCommands.Create(connection, transaction: null, "SELECT version FROM schema_version");
            await using (command.ConfigureAwait(false))
            {
                DbDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (row.ConfigureAwait(false))
                {
                    while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        versions.Add(Convert.ToInt32(row.GetValue(0), CultureInfo.InvariantCulture));
                    }
                }
            }

            return versions;
        }
        catch (DbException e) when (ServerError.Number(e) == NoSuchTable)
        {
            return null;
        }
    }

    /// <summary>Two at the same time may be in each other's way; each statement can be carried out again.</summary>
    private static async Task ExecuteAsync(DbConnection connection, string statement, TimeProvider timeProvider, CancellationToken cancellationToken, params object?[] values)
    {
        var pause = new RetryPause(timeProvider);
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await SqlCommands.ExecuteAsync(SqlCommands.Create(connection, transaction: null, statement, values), cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (DbException e) when (attempt < MaxTries && WriteFault.Of(e, "").Kind == WriteFaultKind.Conflict)
            {
                await pause.AfterConflictAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
