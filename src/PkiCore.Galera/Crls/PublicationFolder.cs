using System.Buffers;
using System.Security.Cryptography;
using PkiCore.Crl;
using PkiCore.Crl.Files;
using PkiCore.Status;

namespace PkiCore.Galera.Crls;

/// <summary>The publication that a folder's link <c>current</c> names, as rows for the database. What has not changed since the last look is not read again. For one thread.</summary>
internal sealed class PublicationFolder(string directory)
{
    private Dictionary<string, (FileIdentity Identity, CrlManifestFile File)> _known = new(StringComparer.Ordinal);

    /// <summary>Which publication it is now; <see langword="null"/> when there is none.</summary>
    public CrlPlace? Find() => CrlPlace.Find(directory) is { IsPublication: true } place ? place : null;

    /// <summary>Reads its files.</summary>
    /// <exception cref="IOException">A file cannot be read, or is gone: the publisher may have gone on.</exception>
    /// <exception cref="InvalidDataException">A file is not what a publisher makes.</exception>
    public IReadOnlyList<CrlManifestFile> Describe(CrlPlace place)
    {
        var next = new Dictionary<string, (FileIdentity, CrlManifestFile)>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(place.Path, "*.crl").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(path);
            FileIdentity identity = FileIdentity.Of(path) with { ChangedTicks = 0 }; // a hard link in the next publication changes that
            next[name] = _known.TryGetValue(name, out var known) && known.Identity == identity && identity.Inode != 0 ? known : (identity, Describe(path, name));
        }

        _known = next;
        return [.. next.Values.Select(known => known.Item2)];
    }

    /// <summary>The hash of a file.</summary>
    public static ChangeDigest Hash(string path)
    {
        using FileStream file = Open(path);
        return Hash(file);
    }

    private static CrlManifestFile Describe(string path, string name)
    {
        using FileStream file = Open(path);
        ChangeDigest hash = Hash(file);
        file.Position = 0;
        using var crl = new CrlReader(file);
        return new CrlManifestFile(
            name,
            crl.Number ?? throw new InvalidDataException($"{name} has no CRL number"),
            crl.IsDelta,
            crl.ThisUpdate,
            crl.NextUpdate ?? throw new InvalidDataException($"{name} has no nextUpdate"),
            file.Length,
            hash,
            Location: null);
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);

    private static ChangeDigest Hash(FileStream file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Chunks.Size);
        try
        {
            for (int read = file.Read(buffer); read > 0; read = file.Read(buffer))
            {
                hash.AppendData(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return ChangeDigest.From(hash.GetHashAndReset());
    }
}
