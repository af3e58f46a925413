using System.Diagnostics;
using PkiCore.Testing;

namespace PkiCore.Fuzz.Seeded;

/// <summary>Copies the libraries to artifacts, puts a bug in and builds the copy.</summary>
internal static class SeededBuild
{
    private static readonly string[] s_projects = ["PkiCore", "PkiCore.AspNetCore"];

    /// <param name="bug">The bug; <see langword="null"/> for a copy without one.</param>
    /// <param name="number">The number of the copy.</param>
    /// <returns>The folder of the copy's assemblies.</returns>
    public static string Build(SeededBug? bug, int number)
    {
        // "src" stays in the path: coverage names files from there on.
        string folder = Checkout.PathOf($"artifacts/fuzz/seeded/Seeded{number:00}");
        string root = Checkout.Root;
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        foreach (string file in s_projects.SelectMany(name => Directory.EnumerateFiles(Path.Combine(root, "src", name), "*", SearchOption.AllDirectories)))
        {
            string copy = Path.Combine(folder, Path.GetRelativePath(root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        if (bug is not null)
        {
            File.WriteAllText(Path.Combine(folder, bug.File), Seed(bug));
        }

        // Only what the bug is in is built, and what that needs, into a folder of its own. DefaultItemExcludes is emptied because it has
        // everything below artifacts.
        string project = bug?.File.Split('/')[1] ?? s_projects[^1];
        string output = Path.Combine(folder, "artifacts");
        string[] properties = [$"-p:ArtifactsPath={output}", "-p:DefaultItemExcludes=", "-p:RunAnalyzers=false"];
        Run("dotnet", ["build", Path.Combine(folder, "src", project), "-c", "Release", "--nologo", "-v", "quiet", .. properties]);
        return Path.Combine(output, "bin", project, "release");
    }

    /// <summary>The file with the bug. It has to be clear where the bug goes, so the sources cannot drift away from the table unseen.</summary>
    public static string Seed(SeededBug bug)
    {
        string text = File.ReadAllText(Checkout.PathOf(bug.File));
        int count = text.Split(bug.Right).Length - 1;
        return count == 1
            ? text.Replace(bug.Right, bug.Wrong, StringComparison.Ordinal)
            : throw new InvalidOperationException($"'{bug.Right}' is {count} times in {bug.File}, not once; bring the table of seeded bugs up to date.");
    }

    private static void Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}");
        }
    }
}
