using System.Globalization;
using System.Numerics;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using PkiCore.IO;

namespace PkiCore.Crl.Issuing;

/// <summary>
/// A folder of publications: <c>current</c> is a link to the one that counts, and all its files change at once when the link does. Made for servers that
/// read <c>current</c> by its path; a file never changes once it is there. For one process.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class PublishingDirectory
{
    public const string CurrentName = "current";

    private const string PublicationsName = "publications";
    private const UnixFileMode FolderMode = (UnixFileMode)0b111_101_101;
    private const UnixFileMode FileMode0644 = (UnixFileMode)0b110_100_100;

    private readonly string _root;
    private readonly string _publications;

    /// <exception cref="IOException">The folder cannot be made.</exception>
    public PublishingDirectory(string root)
    {
        _root = root;
        _publications = Path.Combine(root, PublicationsName);
        Current = Path.Combine(root, CurrentName);
        Directory.CreateDirectory(_publications, FolderMode);
    }

    /// <summary>The path of the publication that counts.</summary>
    public string Current { get; }

    /// <summary>The files of the publication that counts.</summary>
    public IReadOnlyList<string> ListCurrent() =>
        Directory.Exists(Current) ? [.. Directory.EnumerateFiles(Current).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)] : [];

    /// <summary>The highest number of a publication that is there, whatever has become of its files; 0 when there is none.</summary>
    public BigInteger FindLastNumber() => Directory.EnumerateDirectories(_publications)
        .Select(path => BigInteger.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out BigInteger number) ? number : BigInteger.Zero)
        .DefaultIfEmpty(BigInteger.Zero).Max();

    /// <summary>Makes the folder of a publication that does not count yet.</summary>
    /// <returns>Its path.</returns>
    public string Begin(BigInteger number)
    {
        string path = Path.Combine(_publications, number.ToString("D12", CultureInfo.InvariantCulture));
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true); // a crash left it
        }

        Directory.CreateDirectory(path, FolderMode);
        return path;
    }

    /// <summary>Makes a file of a publication, to be written.</summary>
    public static FileStream Create(string path) =>
        new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0, UnixCreateMode = FileMode0644 });

    /// <summary>Writes a file of a publication.</summary>
    public static void Write(string path, IReadOnlyList<ReadOnlyMemory<byte>> pieces)
    {
        using FileStream file = Create(path);
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            file.Write(piece.Span);
        }
    }

    /// <summary>Takes the files of the publication that counts, and are not there, over into another.</summary>
    public void Keep(string publication, Func<string, bool> isWanted)
    {
        foreach (string name in ListCurrent())
        {
            string kept = Path.Combine(publication, name);
            if (!File.Exists(kept) && isWanted(name))
            {
                UnixFile.CreateHardLink(Path.Combine(Current, name), kept);
            }
        }
    }

    /// <summary>Puts files of a publication onto the disk, and their names.</summary>
    public static void Sync(string publication, IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            using SafeFileHandle file = File.OpenHandle(Path.Combine(publication, name));
            RandomAccess.FlushToDisk(file);
        }

        DurableFile.SyncDirectory(publication);
    }

    /// <summary>Makes a publication the one that counts, once its files are on the disk, and removes all but it and the one before.</summary>
    public void Switch(string publication)
    {
        string before = NameOfCurrent();
        DurableFile.SyncDirectory(_publications); // or the link could outlive what it names
        string link = Current + ".new";
        File.Delete(link);
        File.CreateSymbolicLink(link, Path.Combine(PublicationsName, Path.GetFileName(publication)));
        UnixFile.Replace(link, Current);
        DurableFile.SyncDirectory(_root);
        RemoveAllBut(Path.GetFileName(publication), before);
    }

    /// <summary>Gives up a publication, unless it counts: a switch may fail when it is done already.</summary>
    public void Discard(string publication)
    {
        if (NameOfCurrent() == Path.GetFileName(publication))
        {
            return;
        }

        try
        {
            Directory.Delete(publication, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // the next switch tries again
        }
    }

    private string NameOfCurrent() => Directory.Exists(Current) ? Path.GetFileName(new FileInfo(Current).LinkTarget ?? "") : "";

    private void RemoveAllBut(params ReadOnlySpan<string> kept)
    {
        foreach (string path in Directory.EnumerateDirectories(_publications))
        {
            if (!kept.Contains(Path.GetFileName(path)))
            {
                Discard(path);
            }
        }
    }
}
