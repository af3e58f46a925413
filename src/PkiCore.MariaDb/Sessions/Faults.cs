using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using PkiCore.MariaDb.Interop;

namespace PkiCore.MariaDb.Sessions;

/// <summary>Makes the exceptions that callers see.</summary>
internal static unsafe class Faults
{
    internal static MariaDbException Deadline(ConnectionSettings settings, TimeSpan timeout)
    {
        string message = string.Create(
            CultureInfo.InvariantCulture, $"{settings.Target}: no answer within {timeout.TotalSeconds:0.###} s; the connection is given up.");
        return new MariaDbException(ErrorNumbers.ServerLost, "HY000", message, new TimeoutException());
    }

    /// <summary>An error of the database like any other, so that whoever tries again after those does so after this one too.</summary>
    internal static MariaDbException Broken(ConnectionSettings settings) =>
        new(ErrorNumbers.ServerLost, "HY000", $"{settings.Target}: the connection was lost or given up before.");

    internal static MariaDbException OfFile(ConnectionSettings settings, string key, string path, Exception fault) =>
        new(0, null, $"{settings.Target}: {key} '{path}' cannot be read: {fault.Message}", fault);

    internal static bool IsOfFile(Exception fault) => fault is IOException or UnauthorizedAccessException;

    internal static MariaDbException Of(MySqlHandle mysql, string context) => new(
        (int)LibMariaDb.mysql_errno(mysql), Text(LibMariaDb.mysql_sqlstate(mysql)), $"{context}: {Text(LibMariaDb.mysql_error(mysql))}");

    internal static MariaDbException Of(StatementHandle statement, string context) => new(
        (int)LibMariaDb.mysql_stmt_errno(statement),
        Text(LibMariaDb.mysql_stmt_sqlstate(statement)),
        $"{context}: {Text(LibMariaDb.mysql_stmt_error(statement))}");

    internal static string Text(byte* text) =>
        text is null ? "" : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
}
