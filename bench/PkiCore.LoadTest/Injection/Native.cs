using System.Runtime.InteropServices;

namespace PkiCore.LoadTest.Injection;

/// <summary>What .NET does not offer without allocating or rounding to milliseconds.</summary>
internal static unsafe partial class Native
{
    public const short PollIn = 1;

    private const int SetTimerSlack = 29; // PR_SET_TIMERSLACK

    /// <summary>Lets this thread's waits end within a nanosecond of what was asked, as far as the kernel is concerned; the default is 50 us late.</summary>
    public static void WaitExactly() => _ = SetProcessControl(SetTimerSlack, 1, 0, 0, 0);

    /// <summary>Lets threads of ordinary priority go before this one.</summary>
    public static void GiveWay() => _ = SetNice(19); // Linux: of the thread alone

    /// <summary>Keeps a thread, and those that it starts from then on, on one processor.</summary>
    /// <param name="processor">Which.</param>
    /// <param name="thread">Its id, or that of a process that has no other; 0 is this one.</param>
    public static bool TryStayOn(int processor, int thread = 0)
    {
        const int Words = 16; // cpu_set_t has 1024 bits
        ulong* set = stackalloc ulong[Words];
        new Span<ulong>(set, Words).Clear();
        set[processor / 64] = 1UL << (processor % 64);
        return SetAffinity(thread, Words * sizeof(ulong), set) == 0;
    }

    /// <summary>Waits until something can be read, or for so long.</summary>
    /// <returns>How many entries have something to say.</returns>
    public static int Poll(Span<PollEntry> entries, long nanoseconds)
    {
        var timeout = new TimeSpec { Seconds = (nint)(nanoseconds / 1_000_000_000), Nanoseconds = (nint)(nanoseconds % 1_000_000_000) };
        fixed (PollEntry* first = entries)
        {
            return PPoll(first, (nuint)entries.Length, &timeout, null); // an interruption is as good as a timeout
        }
    }

    [LibraryImport("libc", EntryPoint = "ppoll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int PPoll(PollEntry* entries, nuint count, TimeSpec* timeout, void* signals);

    [LibraryImport("libc", EntryPoint = "prctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetProcessControl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc", EntryPoint = "nice")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetNice(int increment);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetAffinity(int thread, nuint length, ulong* set);

    /// <summary>struct pollfd. A negative descriptor is passed over.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short ReturnedEvents;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
