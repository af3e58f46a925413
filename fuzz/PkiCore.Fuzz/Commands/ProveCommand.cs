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
    private const int MaxLength = 80;
    private static readonly TimeSpan s_controlTime = TimeSpan.FromSeconds(2);

    public static int Execute(FuzzOptions options)
    {
        Console.WriteLine($"seed {options.Seed}; at most {options.Seconds:0} s for each");
        var unchanged = new InstrumentedContext(SeededBuild.Build(null, 0));
        if (options.Targets.FirstOrDefault(target => Search(unchanged, target, options.Seed, s_controlTime).Found is not null) is { } broken)
        {
            Console.Error.WriteLine($"{broken}: a copy without a bug crashes too, so nothing can be proved; see the command run");
            return 1;
        }

        int missed = 0;
        foreach ((int index, SeededBug bug) in SeededBugs.All.Index().Where(bug => options.Targets.Any(target => target.Name == bug.Item.Target)))
        {
            var context = new InstrumentedContext(SeededBuild.Build(bug, index + 1));
            (FuzzRun run, byte[]? found, Exception? failure) = Search(context, TargetCatalog.Find(bug.Target), options.Seed, TimeSpan.FromSeconds(options.Seconds));
            missed += found is null ? 1 : 0;
            Console.WriteLine(Row(bug, run, found, failure));
        }

        Console.WriteLine(missed == 0 ? "all found" : $"{missed} not found");
        return missed == 0 ? 0 : 1;
    }

    private static (FuzzRun Run, byte[]? Found, Exception? Failure) Search(InstrumentedContext context, FuzzTarget target, int seed, TimeSpan time)
    {
        byte[]? found = null;
        Exception? failure = null;
        var run = new FuzzRun(new Executor(target, context), seed)
        {
            OnCrash = (input, thrown) =>
            {
                (found, failure) = (input, thrown);
                return false;
            },
        };
        run.Run(SeedInputs.For(target), time);
        return (run, found, failure);
    }

    private static string Row(SeededBug bug, FuzzRun run, byte[]? found, Exception? failure)
    {
        if (found is null)
        {
            return $"| {bug.Target} | {bug.Name} | not found | {run.Executions} | | |";
        }

        string hex = Convert.ToHexString(found);
        hex = hex.Length > MaxLength ? $"{hex[..MaxLength]}... ({found.Length} bytes)" : hex;
        string message = $"{failure!.GetType().Name}: {failure.Message.Split('\n')[0]}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {bug.Target} | {bug.Name} | {run.Elapsed.Elapsed.TotalSeconds:0.00} s | {run.Executions} | {message[..Math.Min(message.Length, MaxLength)]} | {hex} |");
    }
}
