using PkiCore.Fuzz.Coverage;

namespace PkiCore.Fuzz.Engine;

/// <summary>Makes a corpus small: few inputs, each short, that together reach what all reached, accepted and refused counted apart.</summary>
internal sealed class Minimizer(Executor executor)
{
    public IReadOnlyList<byte[]> Minimize(IEnumerable<byte[]> inputs)
    {
        FeatureSet[] reached = [NewSet(), NewSet()];
        var kept = new List<byte[]>();
        foreach (byte[] input in inputs.OrderBy(input => input.Length).ThenBy(Convert.ToHexString, StringComparer.Ordinal))
        {
            Outcome outcome = executor.Run(input);
            if (outcome == Outcome.Crashed)
            {
                continue;
            }

            FeatureSet missing = reached[(int)outcome].Missing(executor.Hits);
            if (missing.IsCoveredBy(new byte[executor.Points.Count]))
            {
                continue; // nothing is missing
            }

            byte[] small = Shrink(input, shorter => executor.Run(shorter) == outcome && missing.IsCoveredBy(executor.Hits));
            executor.Run(small);
            reached[(int)outcome].Add(executor.Hits);
            kept.Add(small);
        }

        return kept;
    }

    /// <summary>Takes out ever smaller pieces as long as what matters holds.</summary>
    public static byte[] Shrink(byte[] input, Func<byte[], bool> holds)
    {
        for (int piece = Math.Max(1, input.Length / 2); piece > 0; piece /= 2)
        {
            for (int start = 0; start < input.Length;)
            {
                int end = Math.Min(input.Length, start + piece);
                byte[] shorter = [.. input[..start], .. input[end..]];
                if (holds(shorter))
                {
                    input = shorter;
                }
                else
                {
                    start = end;
                }
            }
        }

        return input;
    }

    private FeatureSet NewSet() => new(executor.Points.Count);
}
