using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;

namespace PkiCore.Testing;

public sealed record PemBlock(string Label, byte[] Contents);

public sealed record VectorEntry(string Name, byte[] Contents)
{
    public override string ToString() => Name;
}

/// <summary>Reads the files under tests/vectors. Names are relative to that folder and use forward slashes.</summary>
public static class Vectors
{
    public static string PathOf(string name) => Checkout.PathOf("tests/vectors/" + name);

    public static byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));

    public static string Text(string name) => File.ReadAllText(PathOf(name));

    /// <summary>The bytes of a file that holds nothing but base64, such as OpenSSL's .ors.</summary>
    public static byte[] Base64(string name) => Convert.FromBase64String(Text(name));

    /// <summary>The names of the files in a folder and below it that match a pattern, in ordinal order.</summary>
    public static IReadOnlyList<string> Files(string folder, string pattern = "*")
    {
        string root = PathOf("");
        string[] names = [.. Directory.EnumerateFiles(PathOf(folder), pattern, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(root, path).Replace('\\', '/'))];
        Array.Sort(names, StringComparer.Ordinal);
        return names.Length > 0 ? names : throw new FileNotFoundException($"No {pattern} in tests/vectors/{folder}.");
    }

    /// <summary>All blocks of a PEM file, whatever their labels; text between the blocks is skipped.</summary>
    public static IReadOnlyList<PemBlock> Pem(string name) => ParsePem(Text(name));

    /// <summary>The contents of the first block with a label.</summary>
    public static byte[] Pem(string name, string label) =>
        Pem(name).FirstOrDefault(block => block.Label == label)?.Contents
        ?? throw new InvalidDataException($"tests/vectors/{name} has no block {label}.");

    public static IReadOnlyList<PemBlock> ParsePem(string text)
    {
        var blocks = new List<PemBlock>();
        ReadOnlySpan<char> rest = text;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            blocks.Add(new PemBlock(rest[fields.Label].ToString(), Convert.FromBase64String(rest[fields.Base64Data].ToString())));
            rest = rest[fields.Location.End..];
        }

        return blocks;
    }

    /// <summary>The files inside a .tar.gz, for example a fuzzing corpus.</summary>
    public static IReadOnlyList<VectorEntry> Archive(string name)
    {
        using var file = new MemoryStream(Bytes(name));
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        using var tar = new TarReader(unpacked);
        var entries = new List<VectorEntry>();
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
            {
                using var contents = new MemoryStream();
                entry.DataStream?.CopyTo(contents);
                entries.Add(new VectorEntry(entry.Name, contents.ToArray()));
            }
        }

        return entries;
    }
}
