using System.Runtime.InteropServices;

namespace PkiCore.MariaDb.Interop;

/// <summary>A MYSQL*. The thread that owns it disposes of it, so that mysql_close runs there, behind the last call.</summary>
internal sealed class MySqlHandle : SafeHandle
{
    internal MySqlHandle(nint mysql)
        : base(0, ownsHandle: true) => SetHandle(mysql);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibMariaDb.mysql_close(handle);
        return true;
    }
}
