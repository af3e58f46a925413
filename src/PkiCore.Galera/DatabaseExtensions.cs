using System.Data.Common;

namespace PkiCore.Galera;

/// <summary>Statements in one line.</summary>
internal static class DatabaseExtensions
{
    /// <summary>Carries out a statement of this program; values are parameters, in the order of the question marks.</summary>
    public static async Task<int> ExecuteAsync(this DbConnection connection, string statement, CancellationToken cancellationToken, params IReadOnlyList<object?> values)
    {
        DbCommand command = connection.CreateCommand(statement, values);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public static DbCommand CreateCommand(this DbConnection connection, string statement, IReadOnlyList<object?> values)
    {
        DbCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Review SQL queries for security vulnerabilities: all statements are constants of this project, with parameters
        command.CommandText = statement;
#pragma warning restore CA2100
        foreach (object? value in values)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
