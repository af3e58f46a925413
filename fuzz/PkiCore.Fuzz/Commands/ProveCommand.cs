using System.Globalization;
using PkiCore.Fuzz.Coverage;
using PkiCore.Fuzz.Engine;
using PkiCore.Fuzz.Seeded;
using PkiCore.Fuzz.Seeds;
using PkiCore.Fuzz.Targets;

namespace PkiCore.Fuzz.Commands;

/// <summary>Puts known bugs into copies of PkiCore and looks how long it takes to find each, from the test vectors alone: the corpus knows too much.</summary>
internal static class ProveCommand
{
    private const int MaxHex = 80;

    public static int Execute(FuzzOptions options)
    {
        Console.WriteLine($"seed {options.Seed}; at most {options.Seconds:0} s for each");
        int missed = 0;
        foreach ((int index, SeededBug bug) in SeededBugs.All.Index().Where(bug => options.Targets.Any(target => target.Name == bug.Item.Target)))
        {
            FuzzTarget target = TargetCatalog.Find(bug.Target);
            byte[]? found = null;
            Exception? failure = null;
            var context = new InstrumentedContext(SeededBuild.Build(bug, index + 1));
            var run = new FuzzRun(new Executor(target, context), options.Seed)
            {
                OnCrash = (input, thrown) =>
                {
                    (found, failure) = (input, thrown);
                    return false;
                },
            };
            run.Run(SeedInputs.For(target), TimeSpan.FromSeconds(options.Seconds));
            missed += found is null ? 1 : 0;
            Console.WriteLine(Row(bug, run, found, failure));
        }

        Console.WriteLine(missed == 0 ? "all found" : $"{missed} not found");
        return missed == 0 ? 0 : 1;
    }

    private static string Row(SeededBug bug, FuzzRun run, byte[]? found, Exception? failure)
    {
        if (found is null)
        {
            return $"| {bug.Target} | {bug.Name} | not found | {run.Executions} | | |";
        }

        string hex = Convert.ToHexString(found);
        hex = hex.Length > MaxHex ? $"{hex[..MaxHex]}... ({found.Length} bytes)" : hex;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {bug.Target} | {bug.Name} | {run.Elapsed.Elapsed.TotalSeconds:0.00} s | {run.Executions} | {failure!.GetType().Name}: {failure.Message.Split('\n')[0]} | {hex} |");
    }
}
