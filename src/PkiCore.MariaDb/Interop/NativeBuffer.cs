using System.Runtime.InteropServices;

namespace PkiCore.MariaDb.Interop;

/// <summary>Zeroed native memory that native code may hold while managed code has long given up.</summary>
internal sealed unsafe class NativeBuffer : SafeHandle
{
    internal NativeBuffer(nuint length)
        : base(0, ownsHandle: true) => SetHandle((nint)NativeMemory.AllocZeroed(length));

    public override bool IsInvalid => handle == 0;

    internal byte* Pointer => (byte*)handle;

    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        return true;
    }
}
