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

    /// <summary>The number; 0 when the error is not one of the server's.</summary>
    public static int Number(DbException e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return e.Data["Server Error Code"] is { } value ? Convert.ToInt32(value, CultureInfo.InvariantCulture) : Math.Max(e.ErrorCode, 0);
    }
}
