using PkiCore.Fuzz.Coverage;
using PkiCore.Fuzz.Targets;

namespace PkiCore.Fuzz.Commands;

/// <summary>Prints which lines of each parser the corpus reaches.</summary>
internal static class CoverageCommand
{
    public static int Execute(FuzzOptions options)
    {
        var context = new InstrumentedContext();
        bool enough = true;
        foreach (FuzzTarget target in options.Targets)
        {
            var coverage = CorpusCoverage.Measure(target, context, options.Corpus.Read(target));
            enough &= coverage.Share >= CorpusCoverage.Required;
            Console.WriteLine($"{target,-18} {coverage.Share:0.0%} of the lines, {coverage.Accepted} inputs accepted, {coverage.Refused} refused");
            foreach (LineReport file in coverage.Files)
            {
                string missed = file.Missed.Count == 0 ? "" : $", not {string.Join(", ", file.Missed)}";
                Console.WriteLine($"  {file.File}: {file.Reached} of {file.Lines}{missed}");
            }
        }

        Console.WriteLine($"not counted: {string.Join("; ", LineReport.Exclusions)}");
        return enough ? 0 : 1;
    }
}
