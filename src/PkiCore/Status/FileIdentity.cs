using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PkiCore.Status;

/// <summary>
/// What tells one state of a file from another without reading it: inode, size, times of modification and of change.
/// A file that is replaced by rename has another inode even when size and time are the same.
/// </summary>
internal readonly partial record struct FileIdentity(ulong Inode, long Length, long ModifiedTicks, long ChangedTicks)
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>
    /// Whether the same identity means the same contents even after this process, and the machine, were started again. That takes an inode and
    /// a time of change that nobody can set, and fine ones: file systems that make them up (FAT, object stores) have whole seconds.
    /// </summary>
    public bool IsProofOfContents => Inode != 0 && ChangedTicks % NanosecondsPerSecond != 0;

    /// <summary>Makes sure that opening a file does not wait for somebody to write, as it does with a pipe.</summary>
    /// <exception cref="IOException">It is no regular file.</exception>
    public static void CheckIsRegular(string path)
    {
        if (OperatingSystem.IsLinux() && Native.IsSomethingElse(path))
        {
            throw new IOException($"'{path}' is not a regular file.");
        }
    }

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

    /// <exception cref="IOException">The file cannot be looked at.</exception>
    public static FileIdentity Of(SafeFileHandle file)
    {
        if (OperatingSystem.IsLinux() && Native.TryGet(file, out FileIdentity identity))
        {
            return identity;
        }

        return new FileIdentity(0, RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file).Ticks, File.GetCreationTimeUtc(file).Ticks);
    }

    /// <summary>statx(2), because .NET does not tell the inode. Its structure is the same on every Linux architecture.</summary>
    private static partial class Native
    {
        private const int CurrentDirectory = -100; // AT_FDCWD
        private const int EmptyPath = 0x1000; // AT_EMPTY_PATH: the file itself
        private const int ForceSync = 0x2000; // AT_STATX_FORCE_SYNC: not what a network file system remembers
        private const uint BasicStats = 0x7FF; // STATX_BASIC_STATS
        private const int FileType = 0xF000; // S_IFMT
        private const int RegularFile = 0x8000; // S_IFREG

        /// <summary>Whether there is something, and not a regular file.</summary>
        public static bool IsSomethingElse(string path)
        {
            try
            {
                return StatX(CurrentDirectory, path, ForceSync, BasicStats, out StatXBuffer buffer) == 0 && !buffer.IsRegular;
            }
            catch (EntryPointNotFoundException)
            {
                return false;
            }
        }

        public static bool TryGet(string path, out FileIdentity identity)
        {
            try
            {
                bool found = StatX(CurrentDirectory, path, ForceSync, BasicStats, out StatXBuffer buffer) == 0;
                identity = buffer.Identity;
                return found;
            }
            catch (EntryPointNotFoundException)
            {
                identity = default;
                return false;
            }
        }

        public static bool TryGet(SafeFileHandle file, out FileIdentity identity)
        {
            try
            {
                bool found = StatX(file, "", EmptyPath | ForceSync, BasicStats, out StatXBuffer buffer) == 0;
                identity = buffer.Identity;
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

        [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
        private static partial int StatX(SafeFileHandle file, string path, int flags, uint mask, out StatXBuffer buffer);

        [StructLayout(LayoutKind.Explicit, Size = 256)]
        private struct StatXBuffer
        {
            [FieldOffset(28)]
            private ushort _mode;

            [FieldOffset(32)]
            private ulong _inode;

            [FieldOffset(40)]
            private ulong _size;

            [FieldOffset(96)]
            private long _changedSeconds;

            [FieldOffset(104)]
            private uint _changedNanoseconds;

            [FieldOffset(112)]
            private long _modifiedSeconds;

            [FieldOffset(120)]
            private uint _modifiedNanoseconds;

            public readonly bool IsRegular => (_mode & FileType) == RegularFile;

            public readonly FileIdentity Identity => new(_inode, (long)_size, Time(_modifiedSeconds, _modifiedNanoseconds), Time(_changedSeconds, _changedNanoseconds));

            private static long Time(long seconds, uint nanoseconds) => (seconds * NanosecondsPerSecond) + nanoseconds;
        }
    }
}
