using PkiCore.Fuzz.Coverage;
using PkiCore.Fuzz.Mutation;

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

            bool Holds(byte[] shorter) => executor.Run(shorter) == outcome && missing.IsCoveredBy(executor.Hits);
            byte[] small = Shrink(ShrinkTree(input, Holds), Holds);
            executor.Run(small);
            reached[(int)outcome].Add(executor.Hits);
            kept.Add(small);
        }

        return kept;
    }

    /// <summary>Takes out whole values, or their contents, with the lengths around them put right; bytes alone would not come far.</summary>
    public static byte[] ShrinkTree(byte[] input, Func<byte[], bool> holds)
    {
        for (int index = 0; ;)
        {
            TlvNode root = TlvNode.ParseAll(input);
            List<(TlvNode Parent, TlvNode Node)> nodes = root.Descendants();
            if (index >= nodes.Count)
            {
                return input;
            }

            (TlvNode parent, TlvNode node) = nodes[index];
            List<TlvNode> siblings = [.. parent.Children!];
            parent.Children!.Remove(node);
            byte[] without = root.Encode();
            parent.Children = siblings;
            (node.Children, node.Contents) = (null, []);
            byte[] emptied = root.Encode();
            byte[]? shorter = new[] { without, emptied }.FirstOrDefault(candidate => candidate.Length < input.Length && holds(candidate));
            input = shorter ?? input;
            index += shorter is null ? 1 : 0;
        }
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

    // How often a place is passed matters while searching; kept for that, the corpus would be several times as large.
    private FeatureSet NewSet() => new(executor.Points.Count, counts: false);
}
