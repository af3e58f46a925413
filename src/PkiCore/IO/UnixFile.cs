using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace PkiCore.IO;

/// <summary>What .NET lacks of POSIX: hard links, and a rename that takes a link for what it is.</summary>
[UnsupportedOSPlatform("windows")]
internal static partial class UnixFile
{
    /// <summary>Gives a file a second name.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void CreateHardLink(string path, string newPath) => Check(Link(path, newPath), $"link '{path}' to '{newPath}'");

    /// <summary>Renames a file or a symbolic link, in place of what has the new name: at once, so that the name is never missing.</summary>
    /// <exception cref="IOException">It cannot be done.</exception>
    public static void Replace(string path, string newPath) => Check(Rename(path, newPath), $"rename '{path}' to '{newPath}'");

    private static void Check(int result, string what)
    {
        if (result != 0)
        {
            throw new IOException($"Cannot {what}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string path, string newPath);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Rename(string path, string newPath);
}
