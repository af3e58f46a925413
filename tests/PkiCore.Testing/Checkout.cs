namespace PkiCore.Testing;

/// <summary>Where the sources are, for tests that read vectors, budgets or the code itself.</summary>
public static class Checkout
{
    private static readonly Lazy<string> s_root = new(FindRoot);

    public static string Root => s_root.Value;

    /// <summary>True when generated files are to be rewritten instead of compared (PKICORE_UPDATE=1).</summary>
    public static bool Update => Environment.GetEnvironmentVariable("PKICORE_UPDATE") == "1";

    /// <summary>True on the build server, where nothing may be skipped (CI=true).</summary>
    public static bool IsCI => string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>The full path of a file or folder, named from the root with forward slashes.</summary>
    public static string PathOf(string relativePath) => Path.GetFullPath(Path.Combine(Root, relativePath));

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "PkiCore.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds PkiCore.sln.");
    }
}
