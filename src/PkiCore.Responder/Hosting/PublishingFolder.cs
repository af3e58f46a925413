using System.Runtime.InteropServices;

namespace PkiCore.Responder.Hosting;

/// <summary>Looks at a folder for published CRLs. It is made when it is missing, but not the folder above it: a path that is misspelt, or a disk that is not mounted, is to be noticed.</summary>
internal static class PublishingFolder
{
    private const int MayWrite = 2;
    private const int MaySearch = 1;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    /// <summary>Why CRLs cannot be published there; <see langword="null"/> when they can. Nothing is touched.</summary>
    public static string? FindFault(string path)
    {
        if (!Directory.Exists(path))
        {
            string? parent = Path.GetDirectoryName(path);
            return File.Exists(path) ? $"'{path}' is a file and not a directory."
                : !Directory.Exists(parent) ? $"'{path}' cannot be made: the directory above it is not there."
                : IsWritable(parent) ? null
                : $"'{path}' cannot be made: the directory above it cannot be written to.";
        }

        return !IsWritable(path) ? $"'{path}' cannot be written to."
            // Others could put an earlier CRL there.
            : !OperatingSystem.IsWindows() && File.GetUnixFileMode(path).HasFlag(UnixFileMode.OtherWrite) ? $"'{path}' can be written by everybody; use a directory of the publisher's own."
            : null;
    }

    /// <summary>The same, for those who must not wait for a disk that hangs.</summary>
    public static string? FindFaultInTime(string path)
    {
        Task<string?> looking = Task.Run(() => FindFault(path));
        return looking.Wait(s_limit) ? looking.Result : FormattableString.Invariant($"'{path}' does not answer within {s_limit.TotalSeconds} s.");
    }

    private static bool IsWritable(string path) => OperatingSystem.IsWindows() || Access(path, MayWrite | MaySearch) == 0;

    [DllImport("libc", EntryPoint = "access", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Access(string path, int mode);
}
