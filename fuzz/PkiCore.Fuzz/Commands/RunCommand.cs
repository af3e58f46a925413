using PkiCore.Fuzz.Coverage;
using PkiCore.Fuzz.Engine;
using PkiCore.Fuzz.Seeds;
using PkiCore.Fuzz.Targets;

namespace PkiCore.Fuzz.Commands;

/// <summary>Fuzzes the targets one after the other, each for its part of the time.</summary>
internal static class RunCommand
{
    private const int MaxCrashes = 200;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    public static int Execute(FuzzOptions options)
    {
        var context = new InstrumentedContext();
        var crashes = new CrashFolder(FuzzOptions.CrashRoot);
        using var watchdog = new Watchdog(crashes, s_limit, () => Environment.Exit(1));
        Console.WriteLine($"seed {options.Seed}");
        bool inRange = true;
        foreach (FuzzTarget target in options.Targets)
        {
            inRange &= Fuzz(target, new Executor(target, context, watchdog), crashes, options);
        }

        if (crashes.Count > 0)
        {
            Console.Error.WriteLine($"{crashes.Count} inputs crashed; see {FuzzOptions.CrashRoot}");
        }

        return crashes.Count == 0 && inRange ? 0 : 1;
    }

    /// <returns>Whether both verdicts were seen often enough for the run to mean something.</returns>
    private static bool Fuzz(FuzzTarget target, Executor executor, CrashFolder crashes, FuzzOptions options)
    {
        int before = crashes.Count;
        var run = new FuzzRun(executor, options.Seed)
        {
            OnCrash = (input, failure) =>
            {
                crashes.Keep(target, input, failure);
                return crashes.Count - before < MaxCrashes;
            },
            OnProgress = current => Progress.Update(target.Name, current),
        };
        run.Run(SeedInputs.For(target).Concat(options.Corpus.Read(target)), TimeSpan.FromSeconds(options.Seconds / options.Targets.Count), options.Iterations);
        Progress.End(target.Name, run);
        if (run.AcceptedShare is >= 0.1 and <= 0.9)
        {
            return true;
        }

        Console.Error.WriteLine($"{target}: the accepted share is not between 10 % and 90 %");
        return false;
    }
}
