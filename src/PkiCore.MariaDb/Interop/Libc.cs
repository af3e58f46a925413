using System.Runtime.InteropServices;

namespace PkiCore.MariaDb.Interop;

internal static unsafe partial class Libc
{
    private const string File = "libc";

    internal const int ShutdownBoth = 2;

    [LibraryImport(File, SetLastError = true)]
    internal static partial int dup(int descriptor);

    [LibraryImport(File)]
    internal static partial int close(int descriptor);

    [LibraryImport(File)]
    internal static partial int shutdown(SocketHandle descriptor, int how);
}
