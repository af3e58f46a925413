namespace PkiCore.Responder.Configuration;

/// <summary>
/// The folder of the snapshots. It is made when it is missing, for its owner alone, but not the folder above it: a path that is misspelt, or a disk that is
/// not mounted, is to be noticed.
/// </summary>
internal static class SnapshotFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Why the folder cannot be used; <see langword="null"/> when it can, or can be made. A full or read-only disk is no reason: service goes on without.</summary>
    public static string? FindFault(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            return "contains a NUL character.";
        }

        if (!Directory.Exists(path))
        {
            return File.Exists(path) ? $"'{path}' is a file and not a directory."
                : !Directory.Exists(Path.GetDirectoryName(path)) ? $"'{path}' cannot be made: the directory above it is not there."
                : null;
        }

        // Others could put an earlier snapshot there, and have old answers served.
        return !OperatingSystem.IsWindows() && File.GetUnixFileMode(path).HasFlag(UnixFileMode.OtherWrite)
            ? $"'{path}' can be written by everybody; use a directory of the responder's own."
            : null;
    }

    /// <summary>Makes the folder unless it is there.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="origin">Where the setting came from, for the message.</param>
    /// <exception cref="ConfigurationException">It cannot be made.</exception>
    public static void Prepare(string? path, string origin)
    {
        if (path is null || Directory.Exists(path))
        {
            return;
        }

        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
            }
            else
            {
                Directory.CreateDirectory(path, OwnerOnly);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{origin}: Ocsp.SnapshotDirectory: '{path}' cannot be made: {e.Message}", e);
        }
    }
}
