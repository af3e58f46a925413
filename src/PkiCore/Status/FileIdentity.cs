using System.Runtime.InteropServices;

namespace PkiCore.Status;

/// <summary>
/// What tells one state of a file from another without reading it: inode, size, times of modification and of change.
/// A file that is replaced by rename has another inode even when size and time are the same.
/// </summary>
internal readonly partial record struct FileIdentity(ulong Inode, long Length, long ModifiedTicks, long ChangedTicks)
{
    /// <exception cref="IOException">The file is not there or cannot be looked at.</exception>
    public static FileIdentity Of(string path)
    {
        var info = new FileInfo(path);
        long length = info.Length; // throws what says best why not
        if (OperatingSystem.IsLinux() && Native.TryGet(path, out FileIdentity identity))
        {
            return identity;
        }

        return new FileIdentity(0, length, info.LastWriteTimeUtc.Ticks, info.CreationTimeUtc.Ticks);
    }

    /// <summary>statx(2), because .NET does not tell the inode. Its structure is the same on every Linux architecture.</summary>
    private static partial class Native
    {
        private const int CurrentDirectory = -100; // AT_FDCWD
        private const uint BasicStats = 0x7FF; // STATX_BASIC_STATS

        public static bool TryGet(string path, out FileIdentity identity)
        {
            try
            {
                bool found = StatX(CurrentDirectory, path, 0, BasicStats, out StatXBuffer buffer) == 0;
                identity = new FileIdentity(buffer.Inode, (long)buffer.Size, buffer.Modified, buffer.Changed);
                return found;
            }
            catch (EntryPointNotFoundException)
            {
                identity = default;
                return false;
            }
        }

        [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
        private static partial int StatX(int directory, string path, int flags, uint mask, out StatXBuffer buffer);

        [StructLayout(LayoutKind.Explicit, Size = 256)]
        private struct StatXBuffer
        {
            [FieldOffset(32)]
            public ulong Inode;

            [FieldOffset(40)]
            public ulong Size;

            [FieldOffset(96)]
            private long _changedSeconds;

            [FieldOffset(104)]
            private uint _changedNanoseconds;

            [FieldOffset(112)]
            private long _modifiedSeconds;

            [FieldOffset(120)]
            private uint _modifiedNanoseconds;

            public readonly long Changed => (_changedSeconds * 1_000_000_000) + _changedNanoseconds;

            public readonly long Modified => (_modifiedSeconds * 1_000_000_000) + _modifiedNanoseconds;
        }
    }
}
