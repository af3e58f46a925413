using System.Globalization;

namespace PkiCore.Fuzz.Engine;

/// <summary>One line that is rewritten about once a second on a terminal, and one that stays at the end.</summary>
internal static class Progress
{
    private const int Width = 114;

    public static void Update(string target, FuzzRun run)
    {
        if (!Console.IsOutputRedirected)
        {
            Console.Write('\r' + Line(target, run).PadRight(Width));
        }
    }

    public static void End(string target, FuzzRun run) =>
        Console.WriteLine((Console.IsOutputRedirected ? "" : "\r") + Line(target, run).PadRight(Console.IsOutputRedirected ? 0 : Width));

    private static string Line(string target, FuzzRun run)
    {
        double seconds = Math.Max(run.Elapsed.Elapsed.TotalSeconds, 0.001);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{target,-18} {seconds,5:0} s  {run.Executions,9} runs  {run.Executions / seconds,8:0}/s  corpus {run.Corpus.Count(),4}  places {run.Features.Points,4}  features {run.Features.Count,4}  accepted {run.AcceptedShare,4:0%}");
    }
}
