using System.Data.Common;

namespace PkiCore.MariaDb;

/// <summary>The server refused something, or could not be reached.</summary>
public sealed class MariaDbException : DbException
{
    internal MariaDbException(int number, string? sqlState, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Number = number;
        // Who knows no provider reads the number here: in Data, as MySqlConnector has it, or as ErrorCode.
        Data["Server Error Code"] = number;
        HResult = number;
        SqlState = sqlState;
    }

    /// <summary>The server's error number, or the client library's (2000 to 2999, 5000 to 5999); 0 when the fault was found before either was asked.</summary>
    public int Number { get; }

    /// <inheritdoc />
    public override string? SqlState { get; }

    /// <summary>
    /// Whether the same may succeed when it is tried again, here or on another node: lock wait timeout (1205), deadlock (1213),
    /// changed record (1020), node not ready (1047), shutdown, too many connections, or a lost connection.
    /// </summary>
    public override bool IsTransient => ErrorNumbers.IsTransient(Number);
}
