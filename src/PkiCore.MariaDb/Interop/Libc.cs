using System.Runtime.InteropServices;

namespace PkiCore.MariaDb.Interop;

internal static unsafe partial class Libc
{
    private const string File = "libc";

    internal const int ShutdownBoth = 2;
    internal const int InterruptedCall = 4;
    internal const short PollIn = 1;
    internal const short PollOut = 4;

    [LibraryImport(File, SetLastError = true)]
    internal static partial int dup(int descriptor);

    [LibraryImport(File)]
    internal static partial int close(int descriptor);

    [LibraryImport(File)]
    internal static partial int shutdown(SocketHandle descriptor, int how);

    [LibraryImport(File, SetLastError = true)]
    internal static partial int poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollDescriptor
    {
        internal int Descriptor;
        internal short Wanted;
        internal short Found;
    }
}
