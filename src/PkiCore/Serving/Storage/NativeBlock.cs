using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PkiCore.Serving.Storage;

/// <summary>
/// Zeroed memory outside of the managed heap, aligned to <see cref="PageLength"/>. Only what is touched costs memory. It is freed when nobody refers
/// to the object any more: whoever uses the pointer keeps the object alive.
/// </summary>
internal sealed unsafe partial class NativeBlock : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>A huge page of x86-64 and of arm64 with 4 KiB pages.</summary>
    public const int PageLength = 2 << 20;

    private const int PROT_READ = 1;
    private const int PROT_WRITE = 2;
    private const int MAP_PRIVATE = 2;
    private const int MAP_ANONYMOUS = 0x20;
    private const int MAP_NORESERVE = 0x4000;
    private const int MADV_HUGEPAGE = 14;

    private readonly bool _isMapped;

    /// <exception cref="Win32Exception">There is no room for it.</exception>
    public NativeBlock(long length)
        : base(ownsHandle: true)
    {
        Length = (length + PageLength - 1) / PageLength * PageLength;
        if (OperatingSystem.IsLinux())
        {
            SetHandle((nint)Map(Length));
            _isMapped = true;
        }
        else
        {
            SetHandle((nint)NativeMemory.AlignedAlloc((nuint)Length, PageLength));
            NativeMemory.Clear(Pointer, (nuint)Length);
        }

        GC.AddMemoryPressure(Length);
    }

    public byte* Pointer => (byte*)handle;

    public long Length { get; }

    /// <summary>Asks for huge pages from an offset on. They are a matter of speed alone, and where there are none the system says so in its own files.</summary>
    public void AdviseHugePages(long from)
    {
        if (_isMapped && from < Length)
        {
            _ = madvise(Pointer + from, (nuint)(Length - from), MADV_HUGEPAGE);
        }
    }

    protected override bool ReleaseHandle()
    {
        if (_isMapped)
        {
            _ = munmap(Pointer, (nuint)Length);
        }
        else
        {
            NativeMemory.AlignedFree(Pointer);
        }

        GC.RemoveMemoryPressure(Length);
        return true;
    }

    /// <summary>Maps a page more than is asked for, and gives back what sticks out on either side of the alignment.</summary>
    private static byte* Map(long length)
    {
        long mapped = length + PageLength;
        byte* start = mmap(null, (nuint)mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (start == (byte*)-1)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), FormattableString.Invariant($"There is no memory for {length} bytes of certificates: {Marshal.GetLastPInvokeErrorMessage()}."));
        }

        long before = (PageLength - ((long)start % PageLength)) % PageLength;
        if (before > 0)
        {
            _ = munmap(start, (nuint)before);
        }

        _ = munmap(start + before + length, (nuint)(PageLength - before));
        return start + before;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial byte* mmap(void* addr, nuint length, int prot, int flags, int fd, long offset);

    [LibraryImport("libc")]
    private static partial int munmap(void* addr, nuint length);

    [LibraryImport("libc")]
    private static partial int madvise(void* addr, nuint length, int advice);
}
