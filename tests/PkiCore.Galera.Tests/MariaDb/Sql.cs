using System.Data.Common;
using PkiCore.MariaDb;

namespace PkiCore.Galera.Tests.MariaDb;

/// <summary>Short forms for what most tests do.</summary>
internal static class Sql
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    internal static DbCommand Command(this DbConnection connection, string text, params ReadOnlySpan<object?> values)
    {
        DbCommand command = connection.CreateCommand();
        command.CommandText = text;
        foreach (object? value in values)
        {
            command.Parameters.Add(new MariaDbParameter("", value));
        }

        return command;
    }

    internal static async Task<int> RunAsync(this DbConnection connection, string text, params object?[] values)
    {
        await using DbCommand command = connection.Command(text, values);
        return await command.ExecuteNonQueryAsync(Token);
    }

    internal static async Task<object?> ScalarAsync(this DbConnection connection, string text, params object?[] values)
    {
        await using DbCommand command = connection.Command(text, values);
        return await command.ExecuteScalarAsync(Token);
    }
}
