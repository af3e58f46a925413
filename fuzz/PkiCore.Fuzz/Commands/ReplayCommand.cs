using PkiCore.Fuzz.Engine;
using PkiCore.Fuzz.Targets;

namespace PkiCore.Fuzz.Commands;

/// <summary>Runs stored inputs against PkiCore as it is, so that a stack trace has line numbers and a debugger stops at them.</summary>
internal static class ReplayCommand
{
    public static int Execute(FuzzOptions options)
    {
        int failures = 0;
        foreach ((FuzzTarget target, string file) in options.Paths.Count == 0 ? FromCorpus(options) : options.Paths.SelectMany(path => FromPath(path, options)))
        {
            try
            {
                bool accepted = target.Function(File.ReadAllBytes(file));
                if (options.Paths.Count > 0)
                {
                    Console.WriteLine($"{target} {file}: {(accepted ? "accepted" : "refused")}");
                }
            }
#pragma warning disable CA1031 // Do not catch general exception types: any exception at all is a crash
            catch (Exception e)
#pragma warning restore CA1031
            {
                failures++;
                Console.Error.WriteLine($"{target} {file}:\n{e}");
            }
        }

        Console.WriteLine(failures == 0 ? "no input crashed" : $"{failures} inputs crashed");
        return failures == 0 ? 0 : 1;
    }

    private static IEnumerable<(FuzzTarget Target, string File)> FromCorpus(FuzzOptions options) =>
        options.Targets.SelectMany(target => options.Corpus.Files(target).Select(file => (target, file)));

    /// <summary>The folder that a file is in says which target it belongs to, unless --target does.</summary>
    private static IEnumerable<(FuzzTarget Target, string File)> FromPath(string path, FuzzOptions options)
    {
        string[] files = Directory.Exists(path) ? Directory.GetFiles(path, "*", SearchOption.AllDirectories) : [path];
        return files.Where(file => !file.EndsWith(".txt", StringComparison.Ordinal))
            .Select(file => (options.Targets is [var only] ? only : TargetCatalog.Find(Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file)))!), file));
    }
}
