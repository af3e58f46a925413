namespace PkiCore.Tests.Repository;

internal sealed record SourceFile(string Path, string Text)
{
    /// <summary>The text without strings and comments.</summary>
    public string Code { get; } = CSharpText.Blank(Text);

    public int Lines => Text.AsSpan().Count('\n') + (Text.Length > 0 && !Text.EndsWith('\n') ? 1 : 0);

    public int LineAt(int index) => Text.AsSpan(0, index).Count('\n') + 1;
}

internal static class SourceFiles
{
    private static readonly string[] s_roots = ["src", "tests", "bench", "fuzz", "samples"];

    /// <summary>Every C# file of ours, in ordinal order of path; build output is in artifacts/ and so never among them.</summary>
    public static IReadOnlyList<SourceFile> All { get; } =
        [.. s_roots.Where(root => Directory.Exists(Checkout.PathOf(root))).SelectMany(Read)];

    public static IEnumerable<SourceFile> Under(string folder) =>
        All.Where(file => file.Path.StartsWith(folder + '/', StringComparison.Ordinal));

    private static IEnumerable<SourceFile> Read(string folder) =>
        Directory.EnumerateFiles(Checkout.PathOf(folder), "*.cs", SearchOption.AllDirectories)
            .Select(path => new SourceFile(Path.GetRelativePath(Checkout.Root, path).Replace('\\', '/'), File.ReadAllText(path)))
            .OrderBy(file => file.Path, StringComparer.Ordinal);
}
