using System.Runtime.InteropServices;

namespace PkiCore.MariaDb.Interop;

/// <summary>A MYSQL_STMT*. It keeps its connection's handle alive.</summary>
internal sealed class StatementHandle : SafeHandle
{
    private readonly MySqlHandle _connection;

    internal StatementHandle(nint statement, MySqlHandle connection)
        : base(0, ownsHandle: true)
    {
        bool referenced = false;
        connection.DangerousAddRef(ref referenced);
        _connection = connection;
        SetHandle(statement);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        _ = LibMariaDb.mysql_stmt_close(handle);
        _connection.DangerousRelease();
        return true;
    }
}
