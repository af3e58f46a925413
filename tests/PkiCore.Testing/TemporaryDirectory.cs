namespace PkiCore.Testing;

/// <summary>A new empty directory that goes away with the test.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pkicore-");

    public string FullPath => _directory.FullName;

    /// <summary>The full path of a file in this directory; the file need not exist.</summary>
    public string File(string name) => Path.Combine(FullPath, name);

    public void Dispose()
    {
        try
        {
            _directory.Delete(recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // The test removed it itself: nothing is left to do.
        }
    }
}
