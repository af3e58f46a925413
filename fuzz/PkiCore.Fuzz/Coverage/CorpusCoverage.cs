using PkiCore.Fuzz.Engine;
using PkiCore.Fuzz.Targets;

namespace PkiCore.Fuzz.Coverage;

/// <summary>What the inputs of one target reach in the parser's files.</summary>
internal sealed record CorpusCoverage(FuzzTarget Target, IReadOnlyList<LineReport> Files, int Accepted, int Refused)
{
    public const double Required = 0.95;

    public double Share => (double)Files.Sum(file => file.Reached) / Files.Sum(file => file.Lines);

    public static CorpusCoverage Measure(FuzzTarget target, InstrumentedContext context, IEnumerable<byte[]> inputs)
    {
        var executor = new Executor(target, context);
        byte[] ever = new byte[executor.Points.Count];
        int[] outcomes = new int[3];
        foreach (byte[] input in inputs)
        {
            outcomes[(int)executor.Run(input)]++;
            for (int i = 0; i < ever.Length; i++)
            {
                ever[i] |= executor.Hits[i];
            }
        }

        LineReport[] files = [.. target.Sources.Select(file => LineReport.Of(file, executor.Points, ever))];
        return new CorpusCoverage(target, files, outcomes[(int)Outcome.Accepted], outcomes[(int)Outcome.Refused]);
    }
}
