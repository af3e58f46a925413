using System.Runtime.InteropServices;

namespace PkiCore.MariaDb.Interop;

/// <summary>
/// A second descriptor of a connection's socket. The library closes its own one whenever it likes, and the number may then mean
/// another file; this one is ours, so that any thread may shut the socket down at any moment.
/// </summary>
internal sealed class SocketHandle : SafeHandle
{
    private SocketHandle(int descriptor)
        : base(-1, ownsHandle: true) => SetHandle(descriptor);

    public override bool IsInvalid => handle == -1;

    internal static SocketHandle Duplicate(int descriptor) => new(Libc.dup(descriptor));

    /// <summary>Wakes whoever reads or writes: the peer is gone for them.</summary>
    internal void Shutdown()
    {
        if (!IsInvalid && !IsClosed)
        {
            _ = Libc.shutdown(this, Libc.ShutdownBoth);
        }
    }

    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;
}
