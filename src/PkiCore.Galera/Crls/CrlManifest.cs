using System.Numerics;
using PkiCore.Crl.Files;

namespace PkiCore.Galera.Crls;

/// <summary>Which publication of a CA. A database that was set back may give a sequence twice, but not with the same rest.</summary>
internal sealed record PublicationKey(ulong Sequence, ulong Epoch, DateTimeOffset PublishedAt);

/// <summary>A file of a publication: a row of crl_file.</summary>
/// <param name="Name">The name of the file.</param>
/// <param name="Number">The CRL number.</param>
/// <param name="IsDelta">Whether it is a delta CRL.</param>
/// <param name="ThisUpdate">When it was issued.</param>
/// <param name="NextUpdate">When there has to be another.</param>
/// <param name="Size">How many bytes.</param>
/// <param name="Sha256">Their hash.</param>
/// <param name="Location">Where the bytes are, when they are not in the database.</param>
internal sealed record CrlManifestFile(string Name, BigInteger Number, bool IsDelta, DateTimeOffset ThisUpdate, DateTimeOffset NextUpdate, long Size, ChangeDigest Sha256, string? Location);

/// <summary>What edges serve.</summary>
internal sealed record CrlManifest(PublicationKey Key, IReadOnlyList<CrlManifestFile> Files)
{
    private const int MaxNameLength = 255;

    /// <summary>What the database says is not believed: names become paths.</summary>
    /// <exception cref="InvalidDataException">It cannot be a publication.</exception>
    public CrlManifest Validated()
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (CrlManifestFile file in Files)
        {
            bool isName = file.Name.Length <= MaxNameLength && file.Name.EndsWith(".crl", StringComparison.Ordinal) && file.Name[0] != '.'
                && file.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
            if (!isName || !names.Add(file.Name) || file.Size <= 0)
            {
                throw new InvalidDataException($"publication {Key.Sequence} is not received: it has a file '{file.Name}' of {file.Size} bytes, which no publisher makes");
            }
        }

        return Files.Count is > 0 and <= CrlSet.MaxFiles ? this : throw new InvalidDataException($"publication {Key.Sequence} is not received: it has {Files.Count} files");
    }

    /// <summary>Whether another set of files is the same, byte for byte.</summary>
    public bool HasSameContents(IReadOnlyDictionary<string, ChangeDigest> others) =>
        others.Count == Files.Count && Files.All(file => others.TryGetValue(file.Name, out ChangeDigest hash) && hash == file.Sha256);
}
