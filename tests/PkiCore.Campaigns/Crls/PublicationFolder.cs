using System.ComponentModel;
using System.Runtime.InteropServices;

namespace PkiCore.Campaigns.Crls;

/// <summary>The folder of CRLs as a server sees it.</summary>
internal static class PublicationFolder
{
    private const int OpenDirectory = 0x10000;

    public static string CurrentOf(string root) => Path.Combine(root, "current");

    public static string PublicationsOf(string root) => Path.Combine(root, "publications");

    /// <summary>The folder that counts, by its name; <see langword="null"/> when there is none.</summary>
    public static string? FindCurrent(string root) => Path.GetFileName(new FileInfo(CurrentOf(root)).LinkTarget);

    /// <summary>Reads all files through one open folder: whatever <c>current</c> leads to meanwhile.</summary>
    /// <returns><see langword="null"/> when there is no publication yet, or it was removed while it was read, which it may be when others have followed.</returns>
    /// <exception cref="IOException">What counts cannot be read.</exception>
    public static Publication? TryRead(string root)
    {
        string? before = FindCurrent(root);
        if (before is null)
        {
            return null;
        }

        int descriptor = Open(CurrentOf(root), OpenDirectory);
        if (descriptor < 0)
        {
            return FindCurrent(root) != before ? null : throw new IOException($"'{before}' counts and cannot be opened: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }

        try
        {
            string folder = $"/proc/self/fd/{descriptor}";
            string name = Path.GetFileName(new FileInfo(folder).LinkTarget ?? "");
            Dictionary<string, byte[]> files = Directory.EnumerateFiles(folder).ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes, StringComparer.Ordinal);
            bool mayBeRemoved = FindCurrent(root) != name;
            return mayBeRemoved ? null : new Publication(name, files);
        }
        catch (IOException) when (FindCurrent(root) != before)
        {
            return null;
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}

/// <summary>The files of a publication, by their names.</summary>
internal sealed record Publication(string Name, IReadOnlyDictionary<string, byte[]> Files);
