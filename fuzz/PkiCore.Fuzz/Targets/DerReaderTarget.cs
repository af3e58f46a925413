using PkiCore.Asn1;
using PkiCore.Fuzz.Oracles;

namespace PkiCore.Fuzz.Targets;

/// <summary>Walks over all values of an input, inner ones too, and reads each as what its tag says.</summary>
internal static class DerReaderTarget
{
    private const int MaxDepth = 64;

    public static bool Fuzz(ReadOnlySpan<byte> input) => Walk(input, depth: 0);

    private static bool Walk(ReadOnlySpan<byte> values, int depth)
    {
        var reader = new DerReader(values);
        bool accepted = true;
        while (!reader.IsEmpty)
        {
            ReadOnlySpan<byte> rest = reader.Remaining;
            accepted &= DerOracle.CheckTyped(rest);
            bool read = reader.TryReadEncoded(out ReadOnlySpan<byte> encoded);
            DerOracle.CheckEncoded(rest, read, encoded, reader);
            if (!read)
            {
                return false;
            }

            accepted &= (rest[0] & 0x20) == 0 || depth == MaxDepth || Walk(DerOracle.CheckConstructed(encoded), depth + 1);
        }

        return accepted;
    }
}
