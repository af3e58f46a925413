namespace PkiCore.Crl.Files;

/// <summary>Where the CRLs are at the moment.</summary>
/// <param name="Path">The directory with the files.</param>
/// <param name="IsPublication">Whether the link <c>current</c> named it: then all its files belong together, and none changes.</param>
/// <param name="ModifiedTicks">Of a publication: when files last came or went. One restored under an old name is another one.</param>
internal readonly record struct CrlPlace(string Path, bool IsPublication, long ModifiedTicks)
{
    private const string Link = "current";

    public static CrlPlace Find(string directory)
    {
        string link = System.IO.Path.Combine(directory, Link);
        string? target = new FileInfo(link).LinkTarget;
        if (target is null && !Directory.Exists(link))
        {
            return new CrlPlace(directory, IsPublication: false, 0);
        }

        string path = System.IO.Path.GetFullPath(target ?? Link, System.IO.Path.GetFullPath(directory));
        return new CrlPlace(path, IsPublication: true, Directory.GetLastWriteTimeUtc(path).Ticks);
    }
}
