using System.Diagnostics;
using PkiCore.Testing;

namespace PkiCore.Fuzz.Seeded;

/// <summary>Copies src/PkiCore to artifacts, puts a bug in and builds the copy.</summary>
internal static class SeededBuild
{
    /// <param name="bug">The bug; <see langword="null"/> for a copy without one.</param>
    /// <param name="number">The number of the copy.</param>
    /// <returns>The path of the copy's PkiCore.dll.</returns>
    public static string Build(SeededBug? bug, int number)
    {
        // "src" stays in the path: coverage names files from there on. The project gets a name of its own, and so its own output.
        string name = $"Seeded{number:00}";
        string folder = Checkout.PathOf($"artifacts/fuzz/seeded/{name}");
        string sources = Checkout.PathOf("src/PkiCore");
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        foreach (string file in Directory.EnumerateFiles(sources, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(folder, "src/PkiCore", Path.GetRelativePath(sources, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        if (bug is not null)
        {
            File.WriteAllText(Path.Combine(folder, bug.File), Seed(bug));
        }

        string project = Path.Combine(folder, "src/PkiCore", name + ".csproj");
        File.Move(Path.Combine(folder, "src/PkiCore/PkiCore.csproj"), project);
        // DefaultItemExcludes is emptied because it has everything below artifacts.
        Run("dotnet", ["build", project, "-c", "Release", "--nologo", "-v", "quiet", "-p:AssemblyName=PkiCore", "-p:DefaultItemExcludes=", "-p:RunAnalyzers=false"]);
        return Checkout.PathOf($"artifacts/bin/{name}/release/PkiCore.dll");
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
