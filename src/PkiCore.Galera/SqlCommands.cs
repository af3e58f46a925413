using System.Data.Common;
using System.Globalization;
using System.Text;

namespace PkiCore.Galera;

/// <summary>Commands with positional parameters, as every provider takes them.</summary>
internal static class SqlCommands
{
    public static DbCommand Create(DbConnection connection, DbTransaction? transaction, string text, params ReadOnlySpan<object?> parameters)
    {
        DbCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Review SQL queries for security vulnerabilities: texts are constants, lists of question marks and numbers
        command.CommandText = text;
#pragma warning restore CA2100
        command.Transaction = transaction;
        foreach (object? value in parameters)
        {
            Add(command, value);
        }

        return command;
    }

    public static void Add(DbCommand command, object? value)
    {
        DbParameter parameter = command.CreateParameter();
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
    }

    /// <summary>A statement without parameters, outside of transactions that the provider knows of.</summary>
    public static Task<int> ExecuteAsync(this DbConnection connection, string text, CancellationToken cancellationToken) =>
        ExecuteAsync(Create(connection, transaction: null, text), cancellationToken);

    public static async Task<int> ExecuteAsync(DbCommand command, CancellationToken cancellationToken)
    {
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The same row several times, with commas: <c>?,?,?</c>, or <c>(7,?,?),(7,?,?)</c>.</summary>
    public static string Repeat(string row, int count)
    {
        var text = new StringBuilder(count * (row.Length + 1));
        for (int i = 0; i < count; i++)
        {
            text.Append(i == 0 ? "" : ",").Append(row);
        }

        return text.ToString();
    }

    public static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);

    public static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
