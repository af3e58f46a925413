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

    internal static MariaDbException Of(MySqlHandle mysql, string context) => new(
        (int)LibMariaDb.mysql_errno(mysql), Text(LibMariaDb.mysql_sqlstate(mysql)), $"{context}: {Text(LibMariaDb.mysql_error(mysql))}");

    internal static MariaDbException Of(StatementHandle statement, string context) => new(
        (int)LibMariaDb.mysql_stmt_errno(statement),
        Text(LibMariaDb.mysql_stmt_sqlstate(statement)),
        $"{context}: {Text(LibMariaDb.mysql_stmt_error(statement))}");

    internal static string Text(byte* text) =>
        text is null ? "" : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
}
