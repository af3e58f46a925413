using System.Security.Cryptography;
using PkiCore.Fuzz.Targets;
using PkiCore.Testing;

namespace PkiCore.Fuzz.Engine;

/// <summary>Inputs as files, one folder for each target, each file named by its hash.</summary>
internal sealed class CorpusFolder(string root)
{
    /// <summary>The corpus in the repository.</summary>
    public static CorpusFolder Committed => new(Checkout.PathOf("fuzz/corpus"));

    public static string NameOf(byte[] input) => Convert.ToHexStringLower(SHA256.HashData(input).AsSpan(0, 8));

    public IReadOnlyList<string> Files(FuzzTarget target)
    {
        string folder = FolderOf(target);
        return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)] : [];
    }

    public IReadOnlyList<byte[]> Read(FuzzTarget target) => [.. Files(target).Select(File.ReadAllBytes)];

    /// <summary>Makes the folder hold these inputs and nothing else.</summary>
    public void Replace(FuzzTarget target, IEnumerable<byte[]> inputs)
    {
        Directory.CreateDirectory(FolderOf(target));
        Dictionary<string, byte[]> wanted = inputs.DistinctBy(NameOf, StringComparer.Ordinal).ToDictionary(NameOf, StringComparer.Ordinal);
        foreach (string file in Files(target).Where(file => !wanted.ContainsKey(Path.GetFileName(file))))
        {
            File.Delete(file);
        }

        foreach ((string name, byte[] input) in wanted)
        {
            File.WriteAllBytes(Path.Combine(FolderOf(target), name), input);
        }
    }

    private string FolderOf(FuzzTarget target) => Path.Combine(root, target.Name);
}
