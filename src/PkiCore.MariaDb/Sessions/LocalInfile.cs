using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PkiCore.MariaDb.Interop;

namespace PkiCore.MariaDb.Sessions;

/// <summary>The second guard against a server that asks for a file: the handler that would open it has none to give.</summary>
internal static unsafe class LocalInfile
{
    private const int Refused = 1;

    internal static void Refuse(MySqlHandle mysql)
    {
        delegate* unmanaged[Cdecl]<void**, byte*, void*, int> open = &Open;
        delegate* unmanaged[Cdecl]<void*, byte*, uint, int> read = &Read;
        delegate* unmanaged[Cdecl]<void*, void> end = &End;
        delegate* unmanaged[Cdecl]<void*, byte*, uint, int> error = &Error;
        LibMariaDb.mysql_set_local_infile_handler(mysql, (nint)open, (nint)read, (nint)end, (nint)error, 0);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(void** state, byte* file, void* userData)
    {
        *state = null;
        return Refused;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(void* state, byte* buffer, uint length) => -1;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void End(void* state)
    {
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Error(void* state, byte* message, uint length)
    {
        "LOCAL INFILE is refused\0"u8.CopyTo(new Span<byte>(message, (int)length));
        return 2000;
    }
}
