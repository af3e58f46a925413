using PkiCore.Fuzz.Coverage;
using PkiCore.Fuzz.Engine;
using PkiCore.Fuzz.Seeds;
using PkiCore.Fuzz.Targets;

namespace PkiCore.Fuzz.Commands;

/// <summary>Fuzzes for a while, then replaces the corpus with the smallest one found that reaches as much.</summary>
internal static class MinimizeCommand
{
    public static int Execute(FuzzOptions options)
    {
        var context = new InstrumentedContext();
        foreach (FuzzTarget target in options.Targets)
        {
            var executor = new Executor(target, context);
            var run = new FuzzRun(executor, options.Seed)
            {
                OnCrash = (_, _) => true,
                OnProgress = current => Progress.Update(target.Name, current),
            };
            run.Run(SeedInputs.For(target).Concat(options.Corpus.Read(target)), TimeSpan.FromSeconds(options.Seconds / options.Targets.Count), options.Iterations);
            Progress.End(target.Name, run);

            IReadOnlyList<byte[]> small = new Minimizer(executor).Minimize(run.Corpus);
            options.Corpus.Replace(target, small);
            Console.WriteLine($"{target}: {small.Count} inputs, {small.Sum(input => input.Length)} bytes");
        }

        return 0;
    }
}
