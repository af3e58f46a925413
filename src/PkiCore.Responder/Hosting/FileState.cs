namespace PkiCore.Responder.Hosting;

/// <summary>Tells whether a small file has changed.</summary>
internal static class FileState
{
    /// <summary>Path, length and time of the file that a path leads to; only the path where there is none.</summary>
    public static string Describe(string path)
    {
        try
        {
            // Secrets are often mounted behind symbolic links that are switched: the link itself does not change.
            FileSystemInfo target = File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path);
            return target.Exists ? FormattableString.Invariant($"{target.FullName}:{((FileInfo)target).Length}:{target.LastWriteTimeUtc.Ticks}") : path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return path;
        }
    }
}
