using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PkiCore.MariaDb.Interop;

namespace PkiCore.MariaDb.Sessions;

/// <summary>
/// The library calls this instead of poll(2). It tells us the socket while mysql_real_connect is still on its way, which is the only
/// way to break off a connection that hangs there.
/// </summary>
internal static unsafe class IoWait
{
    [ThreadStatic]
    private static Session? t_connecting;

    internal static nint Function
    {
        get
        {
            delegate* unmanaged[Cdecl]<int, byte, int, int> function = &Wait;
            return (nint)function;
        }
    }

    /// <summary>On the thread of a connection, before and after it connects.</summary>
    /// <param name="session">Whose thread this is; null afterwards.</param>
    internal static void SetConnecting(Session? session) => t_connecting = session;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Wait(int descriptor, byte isRead, int milliseconds)
    {
        _ = t_connecting?.SetSocket(descriptor);
        var wait = new Libc.PollDescriptor { Descriptor = descriptor, Wanted = isRead != 0 ? Libc.PollIn : Libc.PollOut };
        int result;
        do
        {
            result = Libc.poll(&wait, 1, milliseconds == 0 ? -1 : milliseconds);
        }
        while (result == -1 && Marshal.GetLastPInvokeError() == Libc.InterruptedCall);
        return result;
    }
}
