using System.Data.Common;
using System.Globalization;

namespace PkiCore.Galera;

/// <summary>The server's own error numbers, wherever a provider puts them.</summary>
internal static class ServerError
{
    public const int TooManyConnections = 1040;
    public const int AccessDenied = 1045;
    public const int NotReady = 1047;
    public const int HostIsBlocked = 1129;
    public const int HostNotPrivileged = 1130;
    public const int UnknownVariable = 1193;

    private const int DatabaseAccessDenied = 1044;
    private const int UnknownDatabase = 1049;
    private const int NoSuchColumn = 1054;
    private const int TableAccessDenied = 1142;
    private const int ColumnAccessDenied = 1143;
    private const int NoSuchTable = 1146;

    /// <summary>Whether every node would say the same, for schema and grants are the same on all.</summary>
    public static bool IsOfAllNodes(Exception exception) => exception is DbException e
        && Number(e) is (DatabaseAccessDenied or UnknownDatabase or NoSuchColumn or TableAccessDenied or ColumnAccessDenied or NoSuchTable);

    /// <summary>The number; 0 when the error is not one of the server's.</summary>
    public static int Number(DbException e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return e.Data["Server Error Code"] is { } value ? Convert.ToInt32(value, CultureInfo.InvariantCulture) : Math.Max(e.ErrorCode, 0);
    }
}
